/**
 * The decoder rows that a heat map shows, and their cosines.
 *
 * @module
 */
import { dot } from "../../src/base/vectors.ts";
import { spaced } from "./thinning.ts";

/** Rows and columns of a heat map: more are no longer told apart, and 64² cells are 300 KB. */
const SHOWN = 64;

/** Some rows of a decoder. */
export interface DecoderSample {
  /** N. */
  readonly latentCount: number;
  /** Which latents, ascending. */
  readonly latents: readonly number[];
  /** Their decoder rows, [d] each. */
  readonly rows: readonly Float32Array[];
}

/** All latents up to 64 of them; of more, the first 32 and 32 evenly spaced from there to the last. */
export function sampledLatents(latentCount: number): number[] {
  const all = [...Array(latentCount).keys()];
  if (latentCount <= SHOWN) return all;
  return [...all.slice(0, SHOWN / 2), ...spaced(all.slice(SHOWN / 2), SHOWN / 2)];
}

/** ⟨a, b⟩ / ‖a‖‖b‖ of each pair, [A][B]; 0 for a row that is 0. */
export function cosines(
  a: readonly ArrayLike<number>[],
  b: readonly ArrayLike<number>[],
): number[][] {
  const norms = (rows: readonly ArrayLike<number>[]) => rows.map((row) => Math.sqrt(dot(row, row)));
  const ofA = norms(a), ofB = norms(b);
  return a.map((x, i) => b.map((y, j) => (dot(x, y) / (ofA[i] * ofB[j])) || 0));
}
