/** An autoencoder in plain float64 code, with no regard to the package's kernels. */
import type { Sae } from "../../../src/io/formats/mod.ts";

/** The activations [B, N] and the reconstruction [B, d] of rows x. */
export function runPlainly(
  { parameters, activation, subtractDecoderBias }: Sae,
  x: ArrayLike<number>,
): { activations: number[]; reconstruction: number[] } {
  const { inputSize: d, latentCount: N, encoder, encoderBias, decoder, decoderBias } = parameters;
  const activations: number[] = [];
  const reconstruction: number[] = [];
  for (let b = 0; b < x.length / d; b++) {
    const row = Array.from({ length: d }, (_, k) => {
      return x[b * d + k] - (subtractDecoderBias ? decoderBias[k] : 0);
    });
    const pre = Array.from({ length: N }, (_, i) => {
      return row.reduce((sum, value, k) => sum + value * encoder[i * d + k], encoderBias[i]);
    });
    let f = pre.map((value) => Math.max(value, 0));
    if (activation.kind === "identity") f = pre;
    if (activation.kind === "jumprelu") {
      f = f.map((value, i) => value > activation.threshold[i] ? value : 0);
    }
    if (activation.kind === "topk") {
      const order = f.map((_, i) => i).sort((i, j) => f[j] - f[i] || i - j);
      const kept = new Set(order.slice(0, activation.k));
      f = f.map((value, i) => kept.has(i) ? value : 0);
    }
    if (activation.kind === "batchtopk") throw new Error("a batch is not a row");
    activations.push(...f);
    for (let k = 0; k < d; k++) {
      reconstruction.push(f.reduce((sum, v, i) => sum + v * decoder[i * d + k], decoderBias[k]));
    }
  }
  return { activations, reconstruction };
}
