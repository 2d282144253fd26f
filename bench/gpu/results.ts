/** What the bench writes and the renderer reads. */

import type { Shape } from "../harness/problem.ts";

/** One thing that was timed. */
export interface Timing {
  /** Median milliseconds of a run, data on the device. */
  readonly ms: number;
  /** All samples, in the order of the rounds. */
  readonly samples: readonly number[];
  /** Milliseconds of the first run, with compiling. */
  readonly firstMs: number;
  /** Floating-point operations of its matrix products, a second. */
  readonly gigaflops: number;
  /** That as a share of F. */
  readonly ofF: number;
  /** Time over the floor at the rates of its round. */
  readonly overFloor: number;
  /** Median milliseconds of a `Trainer.step`, which brings the batch from the host. */
  readonly fromHostMs?: number;
  /** Milliseconds of each stage. */
  readonly stages?: readonly { readonly stage: string; readonly ms: number }[];
}

/** One shape at one density. */
export interface Comparison {
  readonly name: string;
  readonly shape: Shape;
  /** Measured share of active latents. */
  readonly density: number;
  /** F and W, medians of the rounds. */
  readonly rates: { readonly gigaflops: number; readonly gigabytes: number };
  /** What the gates found. */
  readonly gates: readonly string[];
  readonly timings: {
    readonly encode?: Timing;
    readonly dense?: Timing;
    readonly sparse?: Timing;
    readonly jaxEncode?: Timing;
    readonly jaxStep?: Timing;
  };
  /** Why a participant has no timing. */
  readonly failures: Readonly<Record<string, string>>;
}

/** A file of `bench/gpu.ts --json`. */
export interface GpuResults {
  readonly kind: "webgpu";
  readonly adapter: string;
  /** Timings of software adapters are no performance. */
  readonly software: boolean;
  readonly tiles: string;
  readonly runtime: string;
  readonly comparisons: readonly Comparison[];
}

/** A file of `pytorch_cuda.py --json`. */
export interface PyTorchResults {
  readonly kind: "pytorch";
  readonly description: string;
  /** False on a CPU: that proves the script, and is no comparison. */
  readonly cuda: boolean;
  readonly comparisons: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly density: number;
    readonly gate: string;
    readonly ms: number;
    readonly firstMs: number;
    readonly samples: readonly number[];
  }[];
}
