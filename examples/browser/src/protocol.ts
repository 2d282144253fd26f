/** What the page and the worker tell each other. */

/** The backends that the page offers. */
export type BackendChoice = "wasm" | "webgpu";

/** The page to the worker. */
export type Command =
  | { readonly type: "open"; readonly backend: BackendChoice }
  | { readonly type: "start" }
  | { readonly type: "pause" };

/** What the worker found of WebGPU; `note` says why it is not "hardware", or names the adapter. */
export interface WebGpuSupport {
  readonly kind: "hardware" | "software" | "none";
  readonly note: string;
}

/** The worker to the page. */
export type Report =
  | { readonly type: "support"; readonly webgpu: WebGpuSupport }
  | { readonly type: "ready"; readonly backend: string; readonly world: World }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "failed"; readonly message: string };

/** What is to be learnt. */
export interface World {
  /** Names of the features, in their order. */
  readonly features: readonly string[];
  /** Each parent with its children, as indices of features. */
  readonly parents: readonly { readonly parent: number; readonly children: readonly number[] }[];
  /** Latents of each autoencoder. */
  readonly latentCount: number;
  /** Prefix lengths that are measured, whichever the training draws; the last is latentCount. */
  readonly prefixes: readonly number[];
  /** Steps of a whole run. */
  readonly steps: number;
}

/** Both autoencoders after the same number of steps. */
export interface Snapshot {
  readonly step: number;
  /** Time spent in training and measuring so far. */
  readonly seconds: number;
  readonly vanilla: ModelSnapshot;
  readonly matryoshka: ModelSnapshot;
}

/** One autoencoder, measured on samples that it was not trained on. */
export interface ModelSnapshot {
  /** Of the last training batch. */
  readonly loss: number;
  readonly perPrefix: readonly {
    readonly prefix: number;
    readonly fvu: number;
    readonly l0: number;
  }[];
  /** For each feature the latent that was matched to it. */
  readonly latents: readonly number[];
  /** Cosine of each feature with each latent's decoder row, latents in the order of `latents`: [F, F]. */
  readonly cosines: Float32Array;
  /** The mean over features of the cosine with their own latents. */
  readonly meanCosine: number;
  /** Of the rows with a child active, the share in which its parent's latent is active. */
  readonly parentActiveWhenChild: number;
  /** The same of the rows with a parent active and none of its children. */
  readonly parentActiveAlone: number;
  /** `parentActiveWhenChild` child by child, in the order of the parents. */
  readonly perChild: readonly number[];
}
