/** The results of `bench:edge`. */

import type { Storage } from "../../tests/examples/edge/stored_sae.ts";
import type { IsolateMemory } from "../../tests/runtimes/setup/isolate.ts";
import type { Environment } from "../harness/environment.ts";

/** What is served. */
export interface ServedShape {
  readonly storage: Storage;
  readonly inputSize: number;
  readonly latentCount: number;
}

/** The service of one autoencoder on one platform. Memory is in bytes. */
export interface ServiceFigures extends ServedShape {
  readonly platform: "Deno" | "workerd";
  readonly requests: number;
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Median milliseconds from the start of the process until its first answer was read. */
  readonly coldStartMs: number;
  readonly process: ProcessFigures;
  /** Memory of the isolate after loading, and the largest sum measured while loading and under load. */
  readonly isolate?: { readonly loaded: IsolateMemory; readonly most: IsolateMemory };
}

/** Resident memory of processes, in bytes. */
export interface ProcessFigures {
  /** Of a server that only answers. */
  readonly idle: number;
  /** The peak of a Worker that only reads the same requests, as many at a time. */
  readonly reading?: number;
  /** Of the service when it has loaded, and its peak under load. */
  readonly loaded: number;
  readonly most: number;
}

/** The largest autoencoder of a storage that an isolate can serve. */
export interface Largest extends ServedShape {
  readonly requests: number;
  readonly concurrency: number;
  /** The largest sum measured. */
  readonly isolate: IsolateMemory;
  /** The smallest number of latents that failed, if one did, and the largest sum measured, if it ran at all. */
  readonly failed?: { readonly latentCount: number; readonly bytes?: number };
}

/** A file of `bench/edge.ts --json`. */
export interface EdgeResults {
  readonly kind: "edge";
  readonly environment: Environment;
  readonly services: readonly ServiceFigures[];
  readonly largest: readonly Largest[];
}
