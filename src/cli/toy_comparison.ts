import {
  authorCode,
  type Backend,
  measureAbsorption,
  Random,
  type SaeParameters,
  ToyTree,
  Trainer,
} from "../../mod.ts";
import { encode } from "../../kernels/encode.ts";
import { evaluate } from "../evaluate.ts";
import { matchFeatures } from "../metrics/matching.ts";
import { STREAMS } from "../random.ts";
import { Workspace } from "../workspace.ts";
import { trainingLoop } from "./training_loop.ts";

/** The author's: https://github.com/noanabeshima/matryoshka-saes. */
const LATENTS = 20, TARGET_L0 = 1.2338;
const FRESH_ROWS = 20_000;

/** What one autoencoder makes of the toy tree, on samples it has not seen. */
export interface ToyResult {
  readonly prefixCount: number;
  /** Share of samples with a child active in which the latent of its parent is active. */
  readonly parentActiveWhenChild: number;
  /** The same where the parent is active without a child. */
  readonly parentActiveAlone: number;
  /** Mean cosine of each feature with the latent that stands for it. */
  readonly meanCosine: number;
  readonly fvu: number;
  readonly l0: number;
  readonly deadLatents: number;
  readonly finalLoss: number;
  readonly seconds: number;
}

/** What to train with. */
export interface ToyOptions {
  readonly label: string;
  readonly prefixCount: number;
  readonly steps: number;
  readonly batchRows: number;
  readonly seed: number;
}

/** Trains on the toy tree by the author's conventions, and measures on fresh samples. */
export async function trainOnToyTree(backend: Backend, options: ToyOptions): Promise<ToyResult> {
  const { label, prefixCount, steps, batchRows, seed } = options;
  const world = ToyTree.create({ seed });
  const { inputSize } = world;
  using trainer = await Trainer.create(
    backend,
    authorCode({
      inputSize,
      latentCount: LATENTS,
      steps,
      targetL0: TARGET_L0,
      prefixCount,
      seed,
    }),
  );
  const batches = world.batches(batchRows, Random.fromSeed(seed, STREAMS.toySamples));
  const loop = { label, steps, batchRows };
  const { history, seconds, error } = await trainingLoop(trainer, batches, loop);
  if (error !== undefined) throw error;

  const parameters = await trainer.rawParameters();
  const { batch, features } = world.sample(FRESH_ROWS, Random.fromSeed(seed, STREAMS.freshSamples));
  const { latents, meanCosine } = matchFeatures(parameters.decoder, world.directions, inputSize);
  const { parentActiveWhenChild, parentActiveAlone } = measureAbsorption({
    codes: {
      rows: FRESH_ROWS,
      latentCount: LATENTS,
      activations: await activationsOf(backend, parameters, batch),
    },
    features,
    latents,
    parents: world.parents,
  });
  const { l0, deadLatents, perPrefix: [{ fvu }] } = await evaluate(
    backend,
    parameters,
    ReadableStream.from([batch]),
    { prefixes: [LATENTS] },
  );
  const finalLoss = history.at(-1)!.loss;
  return {
    prefixCount,
    parentActiveWhenChild,
    parentActiveAlone,
    meanCosine,
    fvu,
    l0,
    deadLatents,
    finalLoss,
    seconds,
  };
}

/** relu(x Eᵀ + b), [rows, N]. */
async function activationsOf(
  backend: Backend,
  parameters: SaeParameters,
  batch: Float32Array,
): Promise<Float32Array> {
  const { inputSize: d, latentCount: N } = parameters;
  const B = batch.length / d;
  using w = new Workspace(backend);
  const { encoder, encoderBias } = w.parameters(d, N, parameters);
  const input = w.filled(batch, B, d), activations = w.f32(B, N), threshold = w.f32(N);
  const operands = { input, encoder, encoderBias, threshold, activations };
  const program = w.own(
    await backend.record((r) => r.run(encode, operands, { activation: "relu" })),
  );
  backend.submit(program);
  return Float32Array.from(await backend.read(activations));
}
