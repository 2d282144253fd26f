/**
 * Finds the latent that stands for each known feature.
 *
 * @module
 */

import { munkres } from "munkres";
import { dot, norm, rowsOf } from "../sae/vectors.ts";

/** The result of {@linkcode matchFeatures}. */
export interface FeatureMatching {
  /** For each feature its latent, or −1 where there are fewer latents than features; [F]. */
  readonly latents: Int32Array;
  /** For each feature the cosine with its latent's decoder row, or 0 without a latent; [F]. */
  readonly cosines: Float64Array;
  /** The mean of the cosines over all features. */
  readonly meanCosine: number;
}

/**
 * Matches known features to latents one to one so that the summed cosine of their directions is greatest
 * (the assignment problem, by the Hungarian method of Kuhn, 1955, and Munkres, 1957).
 *
 * Cosines keep their sign: a latent that points the opposite way does not match. A row of zeros has cosine 0.
 *
 * @param decoder decoder rows, [N, d]
 * @param features known directions, [F, d]
 * @param inputSize d
 * @throws {RangeError} if an array is empty, is not finite, or does not consist of rows of d
 */
export function matchFeatures(
  decoder: Float32Array,
  features: Float32Array,
  inputSize: number,
): FeatureMatching {
  const rows = unitRows("decoder", decoder, inputSize);
  const directions = unitRows("features", features, inputSize);
  const similarity = directions.map((f) => rows.map((row) => dot(f, row)));
  const latents = new Int32Array(directions.length).fill(-1);
  const cosines = new Float64Array(directions.length);
  for (const [f, i] of munkres(similarity.map((row) => row.map((cosine) => 1 - cosine)))) {
    latents[f] = i;
    cosines[f] = similarity[f][i];
  }
  return { latents, cosines, meanCosine: cosines.reduce((a, b) => a + b) / cosines.length };
}

function unitRows(name: string, values: Float32Array, d: number): Float64Array[] {
  const subject = "Cannot match features";
  if (!Number.isSafeInteger(d) || d < 1) {
    throw new RangeError(`${subject}: inputSize must be an integer of at least 1 but is ${d}`);
  }
  if (values.length === 0 || values.length % d !== 0) {
    throw new RangeError(
      `${subject}: ${name} must be rows of ${d} but has ${values.length} values`,
    );
  }
  return rowsOf(values, d).map((values, i) => {
    const row = Float64Array.from(values);
    const length = norm(row);
    if (!Number.isFinite(length)) {
      throw new RangeError(`${subject}: ${name} must be finite but row ${i} has norm ${length}`);
    }
    return length === 0 ? row : row.map((value) => value / length);
  });
}
