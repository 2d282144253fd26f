/**
 * The decoder rows that a heat map shows.
 *
 * @module
 */
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
