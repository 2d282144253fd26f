/** Trains a recipe on the toy tree, and measures how often a parent's latent is silent while its child is active. */
import { matchFeatures } from "../../cli/demo/feature_matching.ts";
import {
  type Activation,
  type Backend,
  evaluate,
  measureAbsorption,
  Random,
  SparseAutoencoder,
  ToyTree,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { type Recipe, recipeOptions } from "./recipes.ts";
import type { ToyRun } from "./results.ts";

/** As in the demo: the author's numbers. */
const LATENTS = 20, L0 = 1.2338, ROWS = 200, FRESH_ROWS = 20_000;
/** Streams of the seeded generator. */
const TRAINING_SAMPLES = 4, FRESH_SAMPLES = 5;

/** Runs a recipe on the toy tree. Batch top-k is measured with the threshold of its training. */
export async function trainOnToyTree(
  backend: Backend,
  recipe: Recipe,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<ToyRun> {
  const world = ToyTree.create({ seed });
  const { inputSize } = world;
  const sizes = { inputSize, latentCount: LATENTS, steps, rows: ROWS, seed };
  const options = recipeOptions(recipe, sizes, L0);
  using trainer = await Trainer.create(backend, options);
  const random = Random.fromSeed(seed, TRAINING_SAMPLES);
  for (let s = 0; s < steps; s++) await trainer.step(world.sample(ROWS, random).batch);

  const parameters = await trainer.rawParameters();
  const { inputNormalization, subtractDecoderBias } = options;
  const common = {
    activation: await inferenceActivation(trainer, options),
    inputNormalization,
    subtractDecoderBias,
  };
  using sae = SparseAutoencoder.fromParameters(backend, parameters, common);
  const { batch, features } = world.sample(FRESH_ROWS, Random.fromSeed(seed, FRESH_SAMPLES));
  const { latents } = matchFeatures(parameters.decoder, world.directions, inputSize);
  const codes = await sae.encode(batch);
  const { parents } = world;
  const { absorption } = measureAbsorption({ codes, features, latents, parents });
  const { l0, perPrefix: [{ fvu }] } = await evaluate(backend, parameters, once(batch), {
    ...common,
    prefixes: [LATENTS],
  });
  return { l0, fvu, absorption };
}

/** Returns the activation that `train` saves. */
async function inferenceActivation(
  trainer: Trainer,
  { activation = { kind: "relu" } }: TrainerOptions,
): Promise<Activation> {
  if (activation.kind === "jumprelu") {
    return { kind: "jumprelu", threshold: (await trainer.threshold())! };
  }
  const threshold = activation.kind === "batchtopk" && await trainer.inferenceThreshold();
  if (!threshold) return activation;
  return { kind: "jumprelu", threshold: new Float32Array(LATENTS).fill(threshold) };
}

async function* once<T>(item: T): AsyncGenerator<T, void, void> {
  yield item;
}
