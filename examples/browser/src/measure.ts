/** Measures an autoencoder for the page: which latent represents which feature, and when it is silent. */

import {
  type Backend,
  denseFromCodes,
  evaluate,
  measureAbsorption,
  type SaeParameters,
  SparseAutoencoder,
  type SparseCodes,
  type ToyTree,
  type ToyTreeSample,
} from "@matryoshka/sae";
import { munkres } from "munkres";
import type { ModelSnapshot } from "./protocol.ts";

/** Measures an autoencoder on samples, with all its latents and with prefixes of them. */
export async function measure(
  backend: Backend,
  parameters: SaeParameters,
  tree: ToyTree,
  { batch, features }: ToyTreeSample,
  prefixes: readonly number[],
): Promise<Omit<ModelSnapshot, "loss">> {
  const { perPrefix } = await evaluate(backend, parameters, one(batch), { prefixes });
  const similarity = cosinesOf(tree, parameters);
  const latents = match(similarity);
  const codes = await encode(backend, parameters, batch);
  const { rows, latentCount } = codes;
  const activations = denseFromCodes(codes);
  const { parentActiveWhenChild, parentActiveAlone } = measureAbsorption({
    codes,
    features,
    latents,
    parents: tree.parents,
  });
  /** Returns the share of the rows with `feature` active in which `latent` is active, too. */
  const activeBeside = (feature: number, latent: number) => {
    let both = 0;
    let all = 0;
    for (let b = 0; b < rows; b++) {
      if (features[b * tree.featureCount + feature] === 0) continue;
      all++;
      if (activations[b * latentCount + latent] > 0) both++;
    }
    return both / all;
  };
  return {
    perPrefix: perPrefix.map(({ prefix, fvu, l0 }) => ({ prefix, fvu, l0 })),
    latents,
    cosines: Float32Array.from(similarity.flatMap((row) => latents.map((i) => row[i]))),
    meanCosine: latents.reduce((sum, i, f) => sum + similarity[f][i], 0) / latents.length,
    parentActiveWhenChild,
    parentActiveAlone,
    perChild: tree.parents.flatMap(({ parent, children }) =>
      children.map((child) => activeBeside(child, latents[parent]))
    ),
  };
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Returns the cosine of each feature (outer index) with each latent (inner index). */
function cosinesOf(tree: ToyTree, { decoder, latentCount }: SaeParameters): number[][] {
  const d = tree.inputSize;
  const directions = rowsOf(tree.directions, tree.featureCount, d);
  const latents = rowsOf(decoder, latentCount, d);
  return directions.map((x) =>
    latents.map((y) => dot(x, y) / (Math.sqrt(dot(x, x) * dot(y, y)) || 1))
  );
}

/** Matches a different latent to each feature so that the sum of cosines is largest (Kuhn, 1955). */
function match(similarity: readonly number[][]): number[] {
  const latents: number[] = [];
  const costs = similarity.map((row) => row.map((cosine) => 1 - cosine));
  for (const [feature, latent] of munkres(costs)) latents[feature] = latent;
  return latents;
}

async function encode(
  backend: Backend,
  parameters: SaeParameters,
  batch: Float32Array,
): Promise<SparseCodes> {
  const autoencoder = SparseAutoencoder.fromParameters(backend, parameters);
  try {
    return await autoencoder.encode(batch);
  } finally {
    autoencoder[Symbol.dispose]();
  }
}

function rowsOf(values: Float32Array, count: number, d: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => values.subarray(i * d, (i + 1) * d));
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
  return sum;
}
