/** What a peer offers, and the requests and replies that pass between processes. Types only. */

import type { SaeParameters } from "../../src/model/parameters.ts";
import type { STEP } from "./problem.ts";

/** "encode": relu(x Eᵀ + b); "forward": the loss; "step": gradients, clipping and Adam too. */
export type Task = "encode" | "forward" | "step";

/** One thing to compute. */
export interface Job {
  readonly task: Task;
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly prefixes: readonly number[];
  /** Active latents in the batch. */
  readonly active: number;
  /** Read by the package only. */
  readonly path: "dense" | "sparse";
  readonly constants: typeof STEP;
}

/** What came out of the first run; which fields there are depends on the task. */
export interface Outcome {
  readonly activations?: Float32Array;
  readonly loss?: number;
  readonly gradients?: SaeParameters;
  readonly updated?: SaeParameters;
}

/** A job that is ready to run. */
export interface Running {
  /** The first run, with everything that happens only once, such as compiling. */
  first(): Promise<void>;
  /** What the first run gave. Called once, before `again`. */
  outcome(): Promise<Outcome>;
  /** One more run, on the same inputs, with learning rate 0. */
  again(): void | Promise<void>;
}

/** A library that computes jobs. */
export interface Peer {
  /** Name, version, instructions and threads as found. */
  readonly description: string;
  prepare(job: Job, parameters: SaeParameters, batch: Float32Array): Running;
}

/** From the bench to a participant's process: one JSON object per line. */
export type Request =
  | { readonly ask: "describe" }
  | {
    readonly ask: "first";
    readonly job: Job;
    readonly inputs: string;
    readonly outcome: string;
  }
  | { readonly ask: "again"; readonly times: number; readonly seconds: number };

/** The answer, one line too. Milliseconds of each run, or why there are none. */
export type Reply =
  | { readonly description: string }
  | { readonly ms: readonly number[] }
  | { readonly error: string };
