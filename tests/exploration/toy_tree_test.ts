/** The tree of the toy world comes out exactly. */
import { assertEquals } from "@std/assert";
import {
  authorCode,
  createBackend,
  exploreLatents,
  type LatentExploration,
  Random,
  SparseAutoencoder,
  ToyTree,
  Trainer,
} from "../../mod.ts";
import { matchFeatures } from "../../cli/demo/feature_matching.ts";

const SEED = 2;
const STEPS = 6000;
const WORLD = ToyTree.create({ seed: SEED });
const { parents: PARENTS, featureCount: F, inputSize: D } = WORLD;

const FEATURES = [...Array(F).keys()];
/** The parent of each feature, or −1. */
const TRUE_PARENTS = FEATURES.map((feature) =>
  PARENTS.find(({ children }) => children.includes(feature))?.parent ?? -1
);

/** Returns the parent that was found for each feature, or −1; `order` says which feature a latent stands for. */
function parentsOf({ latents }: LatentExploration, order: readonly number[]): number[] {
  return FEATURES.map((feature) => {
    const { parent } = latents[order.indexOf(feature)];
    return parent ? order[parent.latent] : -1;
  });
}

Deno.test("an autoencoder that reads the features has the tree of the world, without absorption", async () => {
  // Parents, then the independent features, then the children: each kind is a level.
  const kindOf = (f: number) => TRUE_PARENTS[f] >= 0 ? 2 : TRUE_PARENTS.includes(f) ? 0 : 1;
  const order = FEATURES.toSorted((a, b) => kindOf(a) - kindOf(b));
  const decoder = new Float32Array(
    order.flatMap((f) => [...WORLD.directions.subarray(f * D, (f + 1) * D)]),
  );
  const parameters = {
    inputSize: D,
    latentCount: F,
    encoder: decoder,
    encoderBias: new Float32Array(F).fill(-0.01),
    decoder,
    decoderBias: new Float32Array(D),
  };
  using backend = await createBackend("reference");
  using sae = SparseAutoencoder.fromParameters(backend, parameters);
  const { batch } = WORLD.sample(4000, Random.fromSeed(SEED, 5));
  const found = await exploreLatents(sae, [batch], { levels: [3, 11, 20] });
  assertEquals(parentsOf(found, order), TRUE_PARENTS);
  for (const { parent } of found.latents) if (parent) assertEquals(parent.absorption, 0);
});

Deno.test("a trained Matryoshka autoencoder has the tree of the world", async () => {
  const options = { inputSize: D, latentCount: F, steps: STEPS, prefixCount: 10, seed: SEED };
  using backend = await createBackend("wasm", { tier: "simd" });
  using trainer = await Trainer.create(backend, authorCode({ ...options, targetL0: 1.2338 }));
  const random = Random.fromSeed(SEED, 4);
  for (let n = 0; n < STEPS; n++) await trainer.step(WORLD.sample(200, random).batch);
  const parameters = await trainer.rawParameters();
  const { latents } = matchFeatures(parameters.decoder, WORLD.directions, D);
  const order = FEATURES.map((latent) => latents.indexOf(latent));
  using sae = SparseAutoencoder.fromParameters(backend, parameters);
  const { batch } = WORLD.sample(10_000, Random.fromSeed(SEED, 5));
  // Prefixes of every length were trained, so that each latent is a level of its own.
  const found = await exploreLatents(sae, [batch], { levels: FEATURES.map((f) => f + 1) });
  assertEquals(parentsOf(found, order), TRUE_PARENTS);
});

Deno.test("a latent that goes with another but harms the reconstruction is not its parent", async () => {
  using backend = await createBackend("reference");
  const parentOf = async (direction: number) => {
    const parameters = {
      inputSize: 2,
      latentCount: 2,
      encoder: Float32Array.of(1, 0, 1, 0),
      encoderBias: new Float32Array(2),
      decoder: Float32Array.of(direction, 0, 0.5, 0),
      decoderBias: new Float32Array(2),
    };
    using sae = SparseAutoencoder.fromParameters(backend, parameters);
    const rows = Float32Array.of(1, 0, 2, 1, 3, 0);
    const { latents } = await exploreLatents(sae, [rows], { levels: [1, 2] });
    return latents[1].parent;
  };
  const parent = await parentOf(0.5);
  assertEquals([parent?.latent, parent?.similarity], [0, 1]);
  assertEquals(await parentOf(-0.5), undefined);
});
