/** The results of `bench:mpi`. */

import type { Environment } from "../harness/environment.ts";
import type { Shape } from "../harness/problem.ts";
import type { MessageTimes } from "./message_times.ts";

/** A training step on one rank and on two, timed in turns. */
export interface StepTimes {
  readonly activation: "relu" | "topk";
  readonly shape: Shape;
  /** What the gate found: the largest relative difference of the losses. */
  readonly gate: string;
  /** Milliseconds of each round. */
  readonly samples: readonly {
    /** A step of one process with all latents. */
    readonly one: number;
    /** A step of two ranks with half of the latents each: the slower rank. */
    readonly two: number;
    /** Milliseconds of that step that each rank spent in calls of the communicator, waiting included. */
    readonly communication: readonly [number, number];
  }[];
  /** Medians of the samples. */
  readonly oneMs: number;
  readonly twoMs: number;
  readonly communicationMs: readonly [number, number];
  /** Median over the rounds of one / two. */
  readonly speedup: number;
}

/** The time that a rank of a large job computes, measured on one rank alone. */
export interface RankCompute {
  readonly ranks: number;
  readonly ranksPerReplica: number;
  /** N_r. */
  readonly latents: number;
  /** Rows of the replica. */
  readonly rows: number;
  /** Median milliseconds of a step whose messages arrive at once. */
  readonly ms: number;
}

/** What the predictions are made from. */
export interface Compute {
  /** The whole job: B is the whole batch. */
  readonly shape: Shape;
  readonly ranks: readonly RankCompute[];
}

/** A file of `bench/mpi.ts --json`. */
export interface MpiResults {
  readonly kind: "mpi";
  readonly environment: Environment;
  /** The MPI library and the backend. */
  readonly description: string;
  readonly messages: readonly MessageTimes[];
  readonly steps: readonly StepTimes[];
  readonly compute: Compute;
}
