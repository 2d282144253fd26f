/**
 * What the plans of screened encodes share: tiled products of bytes, and the count of candidates without a screen.
 *
 * @module
 */
import type { Tensor } from "../../kernel.ts";
import type { Planner } from "../launch.ts";
import { depthOf } from "./tiles.ts";

/** Returns the options of a tiled product of bytes, four to a word. */
export function byteProductOptions(
  SIDE: 8 | 16,
  words: number,
  planner: Planner,
): { SIDE: 8 | 16; DEPTH: number; WHOLE: boolean; Words?: string; WIDTH?: number } {
  const { DEPTH } = SIDE === 8 ? { DEPTH: 1 } : depthOf(planner, SIDE);
  const narrow = words % 4 === 0 ? {} : { Words: "u32", WIDTH: 1 };
  return { SIDE, DEPTH, WHOLE: words % (4 * DEPTH) === 0, ...narrow };
}

/** The relative error of a rounding whose direction is open. */
const ROUNDING = 2 ** -23;

/** Returns what float32 may hide in the encode and in norms, rounded up: see docs/mathematics.md, "On WebGPU". */
export function roundingsOf(d: number): Record<"rounding" | "lost" | "least", number> {
  const all = (d + 32) * ROUNDING;
  const up = 1 + 2 ** -20;
  return {
    rounding: all / (1 - all) * up,
    lost: Math.sqrt(d) * 2 ** -73 * up,
    least: (d + 8) * 2 ** -124 * up,
  };
}

/** Says that every latent was a candidate, because the encode was plain. */
export function countAll(planner: Planner, candidates: Tensor, N: number): void {
  planner.dispatch({
    shader: "constant",
    sizes: { value: N },
    buffers: { values: candidates },
    groups: 1,
  });
}
