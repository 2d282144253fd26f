/**
 * The nearest decoder directions of each latent.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { resolveSae } from "../inference/options.ts";
import { Runner } from "../inference/runner.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { ExploredLatent } from "./exploration.ts";

type Nearest = ExploredLatent["nearest"];

/**
 * Returns for each latent the others whose decoder rows have the largest positive cosines with its own, nearest first.
 * The encoder of an autoencoder with these directions computes them: their products are the cosines, and top-k selects.
 */
export async function nearestDirections(
  backend: Backend,
  { inputSize: d, latentCount: N, decoder }: SaeParameters,
  most: number,
  task: string,
): Promise<Nearest[]> {
  const directions = unitRows(decoder, d);
  const parameters = {
    inputSize: d,
    latentCount: N,
    encoder: directions,
    encoderBias: new Float32Array(N),
    decoder: directions,
    decoderBias: new Float32Array(d),
  };
  // One more, because each direction is nearest to itself.
  const activation = { kind: "topk", k: Math.min(most + 1, N) } as const;
  const resolved = resolveSae(parameters, { activation }, task);
  const runner = Runner.create(backend, parameters, resolved, { parts: "encoder" });
  const nearest: Nearest[] = [];
  try {
    const { chunkRows } = runner.sae;
    for (let from = 0; from < N; from += chunkRows) {
      const rows = directions.subarray(from * d, Math.min(from + chunkRows, N) * d);
      const { rowOffsets, indices, values, rows: count } = await runner.encode(rows, task);
      for (let b = 0; b < count; b++) {
        const others: { latent: number; cosine: number }[] = [];
        for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
          // Rounding may take the cosine of equal directions beyond 1.
          if (indices[e] === from + b || values[e] <= 0) continue;
          others.push({ latent: indices[e], cosine: Math.min(values[e], 1) });
        }
        others.sort((a, b) => b.cosine - a.cosine || a.latent - b.latent);
        nearest.push(others.slice(0, most));
      }
    }
    return nearest;
  } finally {
    runner[Symbol.dispose]();
  }
}

/** Returns rows of norm 1; rows of zeros stay. */
function unitRows(rows: Float32Array, d: number): Float32Array {
  const units = rows.slice();
  for (let start = 0; start < rows.length; start += d) {
    let squares = 0;
    for (let k = 0; k < d; k++) squares += rows[start + k] ** 2;
    const norm = Math.sqrt(squares) || 1;
    for (let k = 0; k < d; k++) units[start + k] = rows[start + k] / norm;
  }
  return units;
}
