/** What `bench/mpi.ts` tells its ranks, and what they answer. */

import type { Shape } from "../harness/problem.ts";
import type { MpiResults, StepTimes } from "./results.ts";

/** The file that every rank reads. */
export interface RankJob {
  readonly shape: Shape;
  readonly activations: readonly StepTimes["activation"][];
  readonly warmups: number;
  readonly samples: number;
  /** A folder for the ranks. */
  readonly folder: string;
  /** The file for the results. */
  readonly results: string;
}

/** What the ranks measure. */
export type RankResults = Pick<MpiResults, "description" | "messages" | "steps">;
