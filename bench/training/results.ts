/** The results of `bench:training`. */

import type { Environment } from "../harness/environment.ts";

/** One way of training, and its runs. */
export interface TrainingRuns {
  readonly label: string;
  readonly threads: number;
  /** Backend or library, as it describes itself. */
  readonly description: string;
  /** Seconds of the steps of each run; start-up, evaluation and report come on top. */
  readonly seconds: readonly number[];
  /** Median of the seconds. */
  readonly median: number;
  /** FVU and L0 of the last run on rows held out. */
  readonly fvu: number;
  readonly l0: number;
  /** SHA-256 of `sae.safetensors`; the same for all runs of the package. */
  readonly digest?: string;
}

/** A file of `bench/training.ts --json`. */
export interface TrainingResults {
  readonly kind: "training";
  readonly environment: Environment;
  readonly rows: number;
  readonly steps: number;
  readonly runs: readonly TrainingRuns[];
}
