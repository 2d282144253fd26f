/** What a peer offers, and the requests and replies that pass between processes. Types only. */

import type { SaeParameters } from "../../src/model/parameters.ts";
import type { STEP } from "./problem.ts";

/** "encode": relu(x Eᵀ + b); "forward": the loss; "step": loss, gradients, clipping and Adam. */
export type Task = "encode" | "forward" | "step";

/** Products over all latents, or only over the active ones after the encode. */
export type Algorithm = "dense" | "sparse";

/** Whether the package's sparse encodes screen: never, or without this as it chooses. */
export type Screening = "off";

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
  readonly algorithm: Algorithm;
  /** Read by the package only. */
  readonly screening?: Screening;
  readonly constants: typeof STEP;
}

/** Results of the first run; the task decides which fields are present. */
export interface Outcome {
  readonly activations?: Float32Array;
  readonly loss?: number;
  readonly gradients?: SaeParameters;
  readonly updated?: SaeParameters;
}

/** A job that is ready to run. */
export interface Running {
  /** Runs for the first time, including one-time work such as compiling. */
  first(): Promise<void>;
  /** Returns the results of the first run. Called once, before `again`. */
  outcome(): Promise<Outcome>;
  /** Runs once more on the same inputs, with learning rate 0. */
  again(): void | Promise<void>;
}

/** A library that computes jobs. */
export interface Peer {
  /** Name, version, instructions and threads, as the library reports them. */
  readonly description: string;
  prepare(job: Job, parameters: SaeParameters, batch: Float32Array): Running;
}

/** A request from the bench to a participant's process: one JSON object per line. */
export type Request =
  | { readonly ask: "describe" }
  | {
    readonly ask: "first";
    readonly job: Job;
    readonly inputs: string;
    readonly outcome: string;
  }
  | { readonly ask: "again"; readonly times: number; readonly seconds: number };

/** The answer, also one line: a description, the milliseconds of each run, or an error. */
export type Reply =
  | { readonly description: string }
  | { readonly ms: readonly number[] }
  | { readonly error: string };
