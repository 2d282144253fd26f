/** Measures an autoencoder for the page: which latent represents which feature, and when it is silent. */

import {
  type Backend,
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
  const absorption = (parents: ToyTree["parents"]) => {
    // Rare children may be absent from the held-out rows.
    const none = { parentActiveWhenChild: NaN, parentActiveAlone: NaN };
    const active = (child: number) => features.some((on, i) => on && i % latents.length === child);
    if (!parents.some(({ children }) => children.some(active))) return none;
    return measureAbsorption({ codes, features, latents, parents });
  };
  const { parentActiveWhenChild, parentActiveAlone } = absorption(tree.parents);
  return {
    perPrefix: perPrefix.map(({ prefix, fvu, l0 }) => ({ prefix, fvu, l0 })),
    latents,
    cosines: Float32Array.from(similarity.flatMap((row) => latents.map((i) => row[i] ?? 0))),
    meanCosine: latents.reduce((sum, i, f) => sum + (similarity[f][i] ?? 0), 0) / latents.length,
    parentActiveWhenChild,
    parentActiveAlone,
    perParent: tree.parents.map((parent) => {
      const { parentActiveWhenChild: withChild, parentActiveAlone: alone } = absorption([parent]);
      return { withChild, alone };
    }),
    perChild: tree.parents.flatMap(({ parent, children }) =>
      children.map((child) => absorption([{ parent, children: [child] }]).parentActiveWhenChild)
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

/** Matches a different latent to each feature, or −1, so that the sum of cosines is largest (Kuhn, 1955). */
function match(similarity: readonly number[][]): number[] {
  const latents = similarity.map(() => -1);
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
