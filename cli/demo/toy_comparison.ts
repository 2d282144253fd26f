import {
  authorCode,
  type Backend,
  measureAbsorption,
  Random,
  type SaeParameters,
  type StepMetrics,
  ToyTree,
  Trainer,
} from "../../mod.ts";
import { encode } from "../../kernels/encode.ts";
import { evaluate } from "../../src/evaluation/evaluate.ts";
import { matchFeatures } from "../../src/evaluation/metrics/matching.ts";
import { STREAMS } from "../../src/base/random.ts";
import { Workspace } from "../../src/step/workspace.ts";
import { type EvaluationReport, frequencySummary } from "../sae/evaluation_report.ts";
import { cosines } from "../report/decoder_sample.ts";
import { trainingLoop } from "../training/training_loop.ts";

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

/** What a report shows of it beside. */
export interface ToyEvidence {
  readonly history: StepMetrics[];
  readonly targetL0: number;
  readonly latentCount: number;
  /** Cosine of each true feature with each latent's decoder direction, [features][latents]. */
  readonly cosines: number[][];
  readonly featureNames: string[];
  /** All latents, those that stand for features first and in the features' order. */
  readonly order: number[];
  /** Fresh samples that the frequencies are of. */
  readonly rows: number;
  readonly frequency: EvaluationReport["frequency"];
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
export async function trainOnToyTree(
  backend: Backend,
  options: ToyOptions,
): Promise<{ result: ToyResult; evidence: ToyEvidence }> {
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
  const { l0, deadLatents, perPrefix: [{ fvu }], frequency } = await evaluate(
    backend,
    parameters,
    ReadableStream.from([batch]),
    { prefixes: [LATENTS] },
  );
  const finalLoss = history.at(-1)!.loss;
  const result = {
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
  const rest = Array.from({ length: LATENTS }, (_, i) => i).filter((i) => !latents.includes(i));
  const evidence = {
    history,
    targetL0: TARGET_L0,
    latentCount: LATENTS,
    cosines: cosines(rowsOf(world.directions, inputSize), rowsOf(parameters.decoder, inputSize)),
    featureNames: featureNames(world),
    order: [...latents, ...rest].filter((i) => i >= 0),
    rows: FRESH_ROWS,
    frequency: frequencySummary(frequency, FRESH_ROWS),
  };
  return { result, evidence };
}

const rowsOf = (values: Float32Array, d: number): Float32Array[] =>
  Array.from({ length: values.length / d }, (_, i) => values.subarray(i * d, (i + 1) * d));

function featureNames({ parents, featureCount }: ToyTree): string[] {
  const names = Array.from({ length: featureCount }, (_, i) => `feature ${i}`);
  parents.forEach(({ parent, children }, tree) => {
    names[parent] = `parent ${tree + 1}`;
    children.forEach((child, c) => names[child] = `child ${tree + 1}.${c + 1}`);
  });
  return names;
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
