/**
 * The decoder rows that a heat map shows.
 *
 * @module
 */
import { spaced } from "./thinning.ts";

/** Rows and columns of a heat map: more could not be distinguished, and 64² cells take 300 KB. */
const SHOWN = 64;

/** Some rows of a decoder. */
export interface DecoderSample {
  /** N. */
  readonly latentCount: number;
  /** The latents, ascending. */
  readonly latents: readonly number[];
  /** Their decoder rows, [d] each. */
  readonly rows: readonly Float32Array[];
}

/** Chooses all latents if there are at most 64, else the first 32 and 32 evenly spaced from there to the last. */
export function sampledLatents(latentCount: number): number[] {
  const all = [...Array(latentCount).keys()];
  if (latentCount <= SHOWN) return all;
  return [...all.slice(0, SHOWN / 2), ...spaced(all.slice(SHOWN / 2), SHOWN / 2)];
}
