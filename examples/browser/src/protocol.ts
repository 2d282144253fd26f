/** The messages between the page and the worker. */

/** The backends that the page offers. */
export type BackendChoice = "wasm" | "webgpu";

/** A message from the page to the worker. */
export type Command =
  | { readonly type: "open"; readonly backend: BackendChoice }
  | { readonly type: "start" }
  | { readonly type: "pause" };

/** Whether WebGPU is available; `note` names the adapter or says why there is none. */
export interface WebGpuSupport {
  readonly kind: "hardware" | "software" | "none";
  readonly note: string;
}

/** A message from the worker to the page. */
export type Report =
  | { readonly type: "support"; readonly webgpu: WebGpuSupport }
  | { readonly type: "ready"; readonly backend: string; readonly world: World }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "failed"; readonly message: string };

/** The features to learn. */
export interface World {
  /** Names of the features, in their order. */
  readonly features: readonly string[];
  /** Each parent with its children, as indices of features. */
  readonly parents: readonly { readonly parent: number; readonly children: readonly number[] }[];
  /** Latents of each autoencoder. */
  readonly latentCount: number;
  /** The measured prefix lengths, which need not be those of the training. The last is latentCount. */
  readonly prefixes: readonly number[];
  /** Steps of a whole run. */
  readonly steps: number;
}

/** Both autoencoders after the same number of steps. */
export interface Snapshot {
  readonly step: number;
  /** Time spent on training and measuring so far. */
  readonly seconds: number;
  readonly vanilla: ModelSnapshot;
  readonly matryoshka: ModelSnapshot;
}

/** One autoencoder, measured on held-out samples. */
export interface ModelSnapshot {
  /** The loss of the last training batch. */
  readonly loss: number;
  readonly perPrefix: readonly {
    readonly prefix: number;
    readonly fvu: number;
    readonly l0: number;
  }[];
  /** The latent matched to each feature. */
  readonly latents: readonly number[];
  /** Cosines [F, F] of the F features with the decoder rows of the latents, in the order of `latents`. */
  readonly cosines: Float32Array;
  /** The mean cosine of a feature with the latent matched to it. */
  readonly meanCosine: number;
  /** The share of the rows with an active child in which the parent's latent is active. */
  readonly parentActiveWhenChild: number;
  /** The share of the rows with an active parent and no active child in which the parent's latent is active. */
  readonly parentActiveAlone: number;
  /** `parentActiveWhenChild` for each child, in the order of the parents. */
  readonly perChild: readonly number[];
}
