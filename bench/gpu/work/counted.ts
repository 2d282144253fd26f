/** What is counted of a training step: `bench/results/*-webgpu-work.json`. */

import type { Environment } from "../../harness/environment.ts";
import type { Shape } from "../../harness/problem.ts";
import type { ShaderWork } from "./count_dispatches.ts";

/** A step, as the device sees it. */
export interface CountedStep {
  readonly algorithm: "dense" | "sparse";
  readonly submits: number;
  /** Buffers that are mapped to be read back. */
  readonly maps: number;
  /** Bytes from the host: the batch, and a few numbers. */
  readonly writtenBytes: number;
  /** Bytes of all buffers. */
  readonly heldBytes: number;
  /** Dispatches of a branch's closed side, which have no workgroups. */
  readonly closed: number;
  /** By the names of shaders. */
  readonly shaders: Readonly<Record<string, ShaderWork>>;
}

/** A file of `deno task bench:gpuwork`. */
export interface WorkResults {
  readonly kind: "webgpu-work";
  readonly environment: Environment;
  readonly shapes: readonly { readonly shape: Shape; readonly steps: readonly CountedStep[] }[];
}
