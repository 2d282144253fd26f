/** How much work there is, and how long it must take at least. */

import type { Entry } from "../peers/running/participant.ts";
import type { Task } from "./peer.ts";
import type { Shape } from "./problem.ts";

/** F and W. */
export interface Rates {
  /** Flop/s: a multiply-add is two. */
  readonly flops: number;
  /** Bytes/s: each byte copied is read and written, so it counts twice. */
  readonly bytes: number;
}

/** What the counts need to know. */
export interface Work {
  readonly task: Task;
  readonly shape: Shape;
  /** Active latents in the batch. */
  readonly active: number;
  readonly entry: Pick<Entry, "path" | "P">;
}

/** Floating-point operations, those of the matrix products only. */
export function flopsOf({ task, shape: { B, d, N }, active, entry: { path } }: Work): number {
  const product = 2 * B * d * N, perActive = 2 * active * d;
  if (task === "encode") return product;
  const others = path === "dense" ? product : perActive;
  return product + (task === "forward" ? 1 : 4) * others;
}

/**
 * Seconds at rates F and W, with dense Adam. Encode and forward: the products alone. The gathers of
 * the sparse step are counted as if all hit the cache, which is the lowest floor: memory traffic of
 * gathers that miss, 12·active·d/W, is not held against anyone.
 */
export function floorOf(work: Work, { flops: F, bytes: W }: Rates): number {
  const { task, shape: { B, d, N }, entry: { path, P } } = work;
  const products = flopsOf(work) / F;
  if (task !== "step") return products;
  if (path === "dense") return products + (12 * B * N + 72 * N * d) / W;
  return 2 * B * d * N / F + (8 * P * B * d + 56 * N * d) / W;
}
