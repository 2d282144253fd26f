import type { Kernel } from "./kernel.ts";

/** Largest magnitude of a quantised input: 7 bits with the offset. */
export const INPUT_LEVELS = 63;
/** What is added to a quantised input, so that it is not negative. */
export const INPUT_OFFSET = 64;
/** How many units of the second digit make one of the first. */
const SECOND_DIGIT = 128;
/** Largest magnitude of a quantised weight. */
export const WEIGHT_LEVELS = 127;

/**
 * The least scale: what is smaller is rounded to 0, and its error is counted like any other. The scale of a
 * row that is not all tiny is far from it, and neither a scale nor its inverse leaves float32's range.
 */
const LEAST_SCALE = 2 ** -80;

/** Returns how many words of four integers a row of this many elements takes. */
export function quantizedWords(count: number): number {
  return Math.ceil(count / 4);
}

/** The results of quantising a row: its scale s, ‖v‖, ‖v − v̂‖ and Σ_k q_k. */
export interface QuantizedRow {
  readonly scale: number;
  readonly norm: number;
  readonly errorNorm: number;
  readonly sum: number;
}

/**
 * Quantises the row `values[from … from + count − 1]` to integers between −levels and levels, and stores them plus
 * `offset` as the bytes of `words`, from word `at` on. Bytes past the end become 0.
 */
export function quantizeRow(
  values: Float64Array,
  { from, count, levels, offset }: {
    readonly from: number;
    readonly count: number;
    readonly levels: number;
    readonly offset: number;
  },
  words: Uint32Array,
  at: number,
): QuantizedRow {
  let largest = 0;
  for (let k = 0; k < count; k++) largest = Math.max(largest, Math.abs(values[from + k]));
  const scale = Math.max(Math.fround(largest / levels), LEAST_SCALE);
  let square = 0;
  let errorSquare = 0;
  let sum = 0;
  words.fill(0, at, at + quantizedWords(count));
  for (let k = 0; k < count; k++) {
    const value = values[from + k];
    const q = Math.max(-levels, Math.min(levels, Math.round(value / scale)));
    words[at + (k >> 2)] |= ((q + offset) & 255) << (8 * (k & 3));
    square += value ** 2;
    errorSquare += (value - scale * q) ** 2;
    sum += q;
  }
  return { scale, norm: Math.sqrt(square), errorNorm: Math.sqrt(errorSquare), sum };
}

/**
 * Quantises the rows of a batch to two digits of seven bits, and measures the errors:
 *
 *     s_b = max_k |x_bk| / 63      q_bk = x_bk / s_b to the nearest integer                      x̂_bk = s_b q_bk
 *                                  q'_bk = 128 (x_bk − x̂_bk) / s_b likewise, at most ±63        x̂'_bk = x̂_bk + s_b q'_bk / 128
 *
 *     x [B, d]  →  quantized [B, 2, W]: the bytes q_bk + 64, four to a word, the first in the low bits, W = ⌈d/4⌉, then 0;
 *                                       after them q'_bk + 64 in the same way
 *               →  bounds [B, 5]: s_b, ‖x_b‖, ‖x_b − x̂_b‖, ‖x̂_b‖, ‖x_b − x̂'_b‖
 *
 * A quotient halfway between two integers may become either. The errors are those of the integers stored.
 *
 * Why: a product of small integers, with a bound of its error, tells which latents may be active, and the second digit
 * tells it more closely of the few that are left: see `encodeScreened`.
 */
export const quantizeRows: Kernel<
  { input: "f32"; quantized: "u32"; bounds: "f32" },
  "B" | "d" | "W",
  Record<never, never>
> = {
  id: "quantizeRows",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    quantized: { access: "write", dtype: "u32", dims: ["B", 2, "W"] },
    bounds: { access: "write", dtype: "f32", dims: ["B", 5] },
  },
  reference({ input, quantized, bounds }, { B, d, W }) {
    for (let b = 0; b < B; b++) {
      const row = { from: b * d, count: d, levels: INPUT_LEVELS, offset: INPUT_OFFSET };
      const { scale, norm, errorNorm } = quantizeRow(input, row, quantized, 2 * b * W);
      const at = (2 * b + 1) * W;
      quantized.fill(0, at, at + W);
      let square = 0;
      let errorSquare = 0;
      for (let k = 0; k < d; k++) {
        const shift = 8 * (k & 3);
        const first = (quantized[at - W + (k >> 2)] >>> shift & 255) - INPUT_OFFSET;
        const rest = input[b * d + k] - scale * first;
        const second = Math.max(
          -INPUT_LEVELS,
          Math.min(INPUT_LEVELS, Math.round(SECOND_DIGIT * rest / scale)),
        );
        quantized[at + (k >> 2)] |= (second + INPUT_OFFSET) << shift;
        square += (scale * first) ** 2;
        errorSquare += (rest - scale * second / SECOND_DIGIT) ** 2;
      }
      bounds.set([scale, norm, errorNorm, Math.sqrt(square), Math.sqrt(errorSquare)], 5 * b);
    }
  },
};
