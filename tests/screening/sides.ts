/**
 * Rows and latents as a backend has quantised them, and their errors in float64.
 *
 * @module
 */
import { INPUT_OFFSET } from "../../kernels/quantize_rows.ts";
import { byteAt } from "../conformance/quantized.ts";
import { LATENT_BOUNDS, type Outcome, ROW_BOUNDS } from "./encodes.ts";
import { dot, norm, type Problem } from "./problem.ts";

/** How many units of a row's second digit make one of the first. */
const UNITS = 128;

/** A row or a latent. */
export interface Side {
  readonly numbers: Float32Array;
  /** What it is quantised to, in units of its scale: by the first digit, and by all digits. */
  readonly first: Float64Array;
  readonly all: Float64Array;
  readonly scale: number;
  /** The bounds that a kernel has stored after the scale. */
  readonly bounds: readonly number[];
}

function integersAt(words: Uint32Array, at: number, d: number, offset: number): Float64Array {
  return Float64Array.from({ length: d }, (_, k) => byteAt(words, at, k) - offset);
}

/** Returns row b of a problem. */
export function rowSide({ input, d }: Problem, { rows }: Outcome, b: number): Side {
  const W = Math.ceil(d / 4);
  const [scale, ...bounds] = rows.bounds.subarray(ROW_BOUNDS * b, ROW_BOUNDS * (b + 1));
  const first = integersAt(rows.words, 2 * b * W, d, INPUT_OFFSET);
  const second = integersAt(rows.words, (2 * b + 1) * W, d, INPUT_OFFSET);
  const all = first.map((integer, k) => integer + second[k] / UNITS);
  return { numbers: input.subarray(b * d, (b + 1) * d), first, all, scale, bounds };
}

/** Returns latent i of a problem. */
export function latentSide({ encoder, d }: Problem, { latents }: Outcome, i: number): Side {
  const at = LATENT_BOUNDS * i;
  const [scale, ...bounds] = latents.bounds.subarray(at, at + LATENT_BOUNDS);
  const first = integersAt(latents.words, i * Math.ceil(d / 4), d, 0);
  return { numbers: encoder.subarray(i * d, (i + 1) * d), first, all: first, scale, bounds };
}

/** Returns the norms of what a side is quantised to, and of the error. */
export function norms({ numbers, scale }: Side, integers: Float64Array) {
  const decoded = integers.map((integer) => scale * integer);
  return { decoded: norm(decoded), error: norm(decoded.map((value, k) => numbers[k] - value)) };
}

/** Returns the error of a product of integers, and the bound of docs/mathematics.md for it, with one digit or both. */
export function errorOfPair(row: Side, latent: Side, digits: "first" | "all") {
  const x = norms(row, row[digits]), E = norms(latent, latent.first);
  const product = row.scale * latent.scale * dot(row[digits], latent.first);
  return {
    error: Math.abs(dot(row.numbers, latent.numbers) - product),
    bound: x.error * norm(latent.numbers) + x.decoded * E.error,
  };
}
