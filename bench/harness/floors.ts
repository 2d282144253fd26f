/** Counts the work of a task, and the least time it can take at the machine's rates. */

import type { Algorithm, Task } from "./peer.ts";
import type { Shape } from "./problem.ts";

/** The machine's rates: F and W. */
export interface Rates {
  /** F, flop/s: a multiply-add is two. */
  readonly flops: number;
  /** W, bytes/s of a large copy: each byte is read and written, so it counts twice. */
  readonly bytes: number;
}

/** Everything that decides how much work a task is. */
export interface Work {
  readonly task: Task;
  readonly shape: Shape;
  /** Active latents in the batch. */
  readonly active: number;
  readonly algorithm: Algorithm;
  /** Number of prefixes, which may be fewer than the shape's. */
  readonly P: number;
}

/** Returns the floating-point operations of the matrix products. */
export function flopsOf({ task, shape: { B, d, N }, active, algorithm }: Work): number {
  const product = 2 * B * d * N;
  if (task === "encode") return product;
  const others = algorithm === "dense" ? product : 2 * active * d;
  return product + (task === "forward" ? 1 : 4) * others;
}

/**
 * Returns the least seconds that a task takes at rates F and W; for a step, with dense Adam. Encode
 * and forward count the products alone. The gathers of the sparse step count as if all hit the cache,
 * which gives the lowest floor: gathers that miss would add 12·active·d/W.
 */
export function floorOf(work: Work, { flops: F, bytes: W }: Rates): number {
  const { task, shape: { B, d, N }, algorithm, P } = work;
  const products = flopsOf(work) / F;
  if (task !== "step") return products;
  if (algorithm === "dense") return products + (12 * B * N + 72 * N * d) / W;
  return 2 * B * d * N / F + (8 * P * B * d + 56 * N * d) / W;
}
