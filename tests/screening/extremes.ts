/**
 * Encodes at the ends of float32's range. Filling latents, which are far from active, keep the screen on.
 *
 * @module
 */
import type { Problem } from "./problem.ts";
import { storedFrom, type StoredRows } from "./stored.ts";

const N = 128;

/** Products that the encode adds up before it adds them to the bias. */
const DEPTH_BLOCK = 512;

/**
 * A latent of zeros whose scale is huge and whose bias is the least float32: every product of the test underflows, and
 * the latent is active.
 */
export const lastBitsProblem: { readonly problem: Problem; readonly stored: StoredRows } = (() => {
  const d = 4;
  const rows = storedFrom("int8", new Float32Array(N * d), d);
  const encoderBias = new Float32Array(N).fill(-1);
  encoderBias[3] = 2 ** -149;
  const input = Float32Array.of(3, -1, 2, 1);
  return {
    stored: { ...rows, scale: new Float32Array(N).fill(2 ** 100) },
    problem: {
      ...{ B: 1, d, N, selection: "relu", k: 1, input, encoder: rows.encoder, encoderBias },
      threshold: new Float32Array(N),
    },
  };
})();

/**
 * Returns a problem in which the bias and the first block of products add up to more than float32 holds, while the
 * second block brings the exact sum below the threshold: either the products are huge, or the bias is.
 */
export function overflowProblem(huge: "norm" | "bias"): Problem {
  const d = DEPTH_BLOCK + 1;
  // In units of 2¹²⁸: the bias, and the products of both blocks.
  const [bias, first, second] = huge === "norm" ? [0.24, 0.8, 0.15] : [0.9, 0.11, 0.13];
  const sizeOfX = huge === "norm" ? 2 ** 64 : 2 ** 62;
  // Parallel up to a sign, so that no norm is larger than it must be.
  const whole = first + second;
  const x = new Float32Array(d), E = new Float32Array(d);
  const both = [[0, first, 1], [DEPTH_BLOCK, second, -1]] as const;
  for (const [k, share, sign] of both) {
    x[k] = 0.98 * sizeOfX * Math.sqrt(share / whole);
    E[k] = sign * share * 2 ** 128 / x[k];
  }
  const encoder = new Float32Array(N * d);
  // Far below any threshold for this row.
  for (let i = 0; i < N; i++) encoder[i * d] = -E[0] / 2;
  encoder.set(E, 5 * d);
  const encoderBias = new Float32Array(N).fill(-1);
  encoderBias[5] = bias * 2 ** 128;
  return {
    ...{ B: 1, d, N, selection: "jumprelu", k: 1, input: x, encoder, encoderBias },
    threshold: new Float32Array(N).fill(0.95 * 2 ** 128),
  };
}
