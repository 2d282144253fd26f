/** The messages between the page and the worker. */

import type { Settings } from "./settings.ts";

/** The backends that the page offers. */
export type BackendChoice = "wasm" | "webgpu";

/** Both autoencoders, by the names that the page uses. */
export const MODELS = ["vanilla", "matryoshka"] as const;

/** One of the two autoencoders. */
export type Model = typeof MODELS[number];

/** The names of the autoencoders as shown. */
export const TITLES: Readonly<Record<Model, string>> = {
  vanilla: "Vanilla",
  matryoshka: "Matryoshka",
};

/** The pieces of an explorer's data, by name. */
export type Pieces = Readonly<Record<string, unknown>>;

/** A message from the page to the worker. `run` numbers the runs, so that reports of an earlier one can be told. */
export type Command =
  | {
    readonly type: "open";
    readonly backend: BackendChoice;
    readonly settings: Settings;
    readonly run: number;
  }
  /** Goes on with other settings. */
  | { readonly type: "tune"; readonly settings: Settings }
  /** Starts over on the same backend. */
  | { readonly type: "restart"; readonly settings: Settings; readonly run: number }
  /** Explores what the Matryoshka autoencoder has learnt by now. */
  | { readonly type: "explore" }
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
  | { readonly type: "ready"; readonly backend: string }
  | { readonly type: "snapshot"; readonly run: number; readonly snapshot: Snapshot }
  | { readonly type: "explored"; readonly pieces: Pieces }
  /** Training goes on. */
  | { readonly type: "unexplored"; readonly message: string }
  | { readonly type: "failed"; readonly message: string };

/** Both autoencoders after the same number of steps. */
export interface Snapshot {
  readonly step: number;
  /** Steps of the whole run, which settings can prolong. */
  readonly steps: number;
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
  /** The latent matched to each feature, or −1 if there are too few latents. */
  readonly latents: readonly number[];
  /**
   * Cosines [F, F] of the F features with the decoder rows of the latents, in the order of `latents`: 0 without one.
   */
  readonly cosines: Float32Array;
  /** The mean cosine of a feature with the latent matched to it. */
  readonly meanCosine: number;
  /** The share of the rows with an active child in which the parent's latent is active. */
  readonly parentActiveWhenChild: number;
  /** The share of the rows with an active parent and no active child in which the parent's latent is active. */
  readonly parentActiveAlone: number;
  /** The same two shares for each parent. */
  readonly perParent: readonly { readonly withChild: number; readonly alone: number }[];
  /** `parentActiveWhenChild` for each child, in the order of the parents. */
  readonly perChild: readonly number[];
}
