/**
 * Which latent stands for which known feature. Not exported by the package: it uses npm's `munkres`.
 *
 * @module
 */

import { munkres } from "munkres";
import { checkFloats, checkInteger } from "../../base/checks.ts";
import { dot } from "../../base/vectors.ts";

/** What {@linkcode matchFeatures} found. */
export interface FeatureMatching {
  /** For each feature its latent, or −1 where latents are too few; [F]. */
  readonly latents: Int32Array;
  /** For each feature the cosine with its latent's decoder row, or 0 without one; [F]. */
  readonly cosines: Float64Array;
  /** The mean of the cosines over all features. */
  readonly meanCosine: number;
}

/**
 * Matches known features to latents one to one so that the summed cosine of their directions is greatest
 * (the assignment problem, by the Hungarian method of Kuhn, 1955, and Munkres, 1957).
 *
 * Cosines keep their sign: a latent that points the other way is no match. A zero row has cosine 0.
 *
 * @param decoder decoder rows, [N, d]
 * @param features known directions, [F, d]
 * @param inputSize d
 * @throws {RangeError} if either is not whole rows of d, is empty, or is not finite
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
  const task = "match features", subject = `Cannot ${task}`;
  checkInteger(d, "inputSize", task);
  checkFloats(values, name, task);
  if (values.length === 0 || values.length % d !== 0) {
    throw new RangeError(
      `${subject}: ${name} must be rows of ${d} but has ${values.length} values`,
    );
  }
  return Array.from({ length: values.length / d }, (_, i) => {
    const row = Float64Array.from(values.subarray(i * d, (i + 1) * d));
    const norm = Math.sqrt(dot(row, row));
    if (!Number.isFinite(norm)) {
      throw new RangeError(`${subject}: ${name} must be finite but row ${i} has norm ${norm}`);
    }
    return norm === 0 ? row : row.map((value) => value / norm);
  });
}
