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

/** Steps of one kind, with milliseconds per step. */
export interface Phase {
  readonly screening: "auto" | "off";
  readonly algorithm: "dense" | "sparse";
  /** The steps, counted from 0; `to` is not among them. */
  readonly from: number;
  readonly to: number;
  /** L0 of the last of them. */
  readonly l0: number;
  /** Candidates per row of the last of them, if it screened. */
  readonly candidates?: number;
  /** Reading and shuffling rows. */
  readonly data: number;
  /** What `Trainer.step` takes beside the kernels. */
  readonly host: number;
  readonly kernels: Readonly<Record<string, number>>;
}

/** A file of `bench/training/costs.ts --json`. */
export interface CostsResults {
  readonly kind: "costs";
  readonly environment: Environment;
  readonly phases: readonly Phase[];
}
