/** The files that `bench/gpu.ts` and `pytorch_cuda.py` write. */

import type { Environment } from "../harness/environment.ts";
import type { Shape } from "../harness/problem.ts";

/** The times of one participant. */
export interface Timing {
  /** Median milliseconds of a run, with the data on the device. */
  readonly ms: number;
  /** All samples, in the order of the rounds. */
  readonly samples: readonly number[];
  /** Milliseconds of the first run, including compilation. */
  readonly firstMs: number;
  /** Rate of the matrix products. */
  readonly gigaflops: number;
  /** That rate as a share of F. */
  readonly ofF: number;
  /** Median over the rounds of the time over the floor at the round's rates. */
  readonly overFloor: number;
  /** Median milliseconds of a `Trainer.step`, which copies the batch from the host. */
  readonly fromHostMs?: number;
  /** Median milliseconds of each stage. */
  readonly stages?: readonly { readonly stage: string; readonly ms: number }[];
}

/** One shape at one density. */
export interface Comparison {
  readonly name: string;
  readonly shape: Shape;
  /** The measured share of active latents. */
  readonly density: number;
  /** F and W, medians of the rounds. */
  readonly rates: { readonly gigaflops: number; readonly gigabytes: number };
  /** Findings of the gates. */
  readonly gates: readonly string[];
  readonly timings: {
    readonly encode?: Timing;
    readonly dense?: Timing;
    readonly sparse?: Timing;
    readonly jaxEncode?: Timing;
    readonly jaxStep?: Timing;
  };
  /** Why a participant has no times. */
  readonly failures: Readonly<Record<string, string>>;
}

/** A file of `bench/gpu.ts --json`. */
export interface GpuResults {
  readonly kind: "webgpu";
  readonly environment: Environment;
  readonly adapter: string;
  /** True for a software adapter, whose times say nothing about performance. */
  readonly software: boolean;
  readonly tiles: string;
  readonly comparisons: readonly Comparison[];
}

/** A file of `pytorch_cuda.py --json`. */
export interface PyTorchResults {
  readonly kind: "pytorch";
  readonly environment: Pick<Environment, "date">;
  readonly description: string;
  /** False on a CPU, where the times say nothing about a GPU. */
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
