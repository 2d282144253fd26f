/**
 * Trains autoencoders on the toy tree and compares them with its true features.
 *
 * @module
 */
import {
  authorCode,
  type Backend,
  evaluate,
  measureAbsorption,
  Random,
  type SaeParameters,
  SparseAutoencoder,
  type StepMetrics,
  ToyTree,
  type ToyTreeSample,
  Trainer,
} from "@matryoshka/sae";
import { type EvaluationReport, frequencySummary } from "../sae/evaluation.ts";
import { cosines, rowsOf } from "../sae/vectors.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { matchFeatures } from "./feature_matching.ts";
import { trainingLoop } from "../training/training_loop.ts";

/** The author's numbers: https://github.com/noanabeshima/matryoshka-saes. */
const LATENTS = 20, TARGET_L0 = 1.2338;
/** Samples to measure on, which training has not seen. */
const FRESH_ROWS = 20_000;
/** Streams of the seeded generator, apart from those that the library draws parameters and prefixes from. */
const TRAINING_SAMPLES = 4, FRESH_SAMPLES = 5;

/** How well one autoencoder recovers the toy tree, measured on fresh samples. */
export interface ToyResult {
  readonly prefixCount: number;
  /** Share of samples with an active child in which the latent of its parent is active. */
  readonly parentActiveWhenChild: number;
  /** The same share where the parent is active without a child. */
  readonly parentActiveAlone: number;
  /** Mean cosine of each feature with the latent that stands for it. */
  readonly meanCosine: number;
  readonly fvu: number;
  readonly l0: number;
  readonly deadLatents: number;
  readonly finalLoss: number;
  readonly seconds: number;
}

/** The data behind a {@linkcode ToyResult}, for the report's charts. */
export interface ToyEvidence {
  readonly metrics: StepMetrics[];
  readonly targetL0: number;
  readonly latentCount: number;
  /** Cosine of each true feature with each latent's decoder direction, [features][latents]. */
  readonly cosines: number[][];
  readonly featureNames: string[];
  /** All latents: first those that stand for features, in the features' order, then the rest. */
  readonly order: number[];
  /** The trained autoencoder. */
  readonly parameters: SaeParameters;
  /** The fresh samples, [rows, d], and which features each has, [rows, F]. */
  readonly samples: Pick<ToyTreeSample, "batch" | "features">;
  /** The number of fresh samples. */
  readonly rows: number;
  readonly frequency: EvaluationReport["frequency"];
}

/** Options of {@linkcode trainOnToyTree}. */
export interface ToyOptions {
  readonly label: string;
  readonly prefixCount: number;
  readonly steps: number;
  readonly batchRows: number;
  readonly seed: number;
}

/** Trains on the toy tree by the author's conventions, and measures on fresh samples. */
export function trainOnToyTree(
  backend: Backend,
  options: ToyOptions,
): Promise<{ result: ToyResult; evidence: ToyEvidence }> {
  return scoped((scope) => trainedAndMeasured(backend, options, scope));
}

async function trainedAndMeasured(
  backend: Backend,
  options: ToyOptions,
  scope: Scope,
): Promise<{ result: ToyResult; evidence: ToyEvidence }> {
  const { label, prefixCount, steps, batchRows, seed } = options;
  const world = ToyTree.create({ seed });
  const { inputSize } = world;
  const preset = { inputSize, latentCount: LATENTS, steps, targetL0: TARGET_L0, prefixCount, seed };
  const trainer = scope.use(await Trainer.create(backend, authorCode(preset)));
  const batches = world.batches(batchRows, Random.fromSeed(seed, TRAINING_SAMPLES));
  const loop = { label, steps, batchRows };
  const { metrics, seconds, error } = await trainingLoop(trainer, batches, loop);
  if (error !== undefined) throw error;

  const parameters = await trainer.rawParameters();
  const { batch, features } = world.sample(FRESH_ROWS, Random.fromSeed(seed, FRESH_SAMPLES));
  const { latents, meanCosine } = matchFeatures(parameters.decoder, world.directions, inputSize);
  const sae = scope.use(SparseAutoencoder.fromParameters(backend, parameters));
  const codes = await sae.encode(batch);
  const { parentActiveWhenChild, parentActiveAlone } = measureAbsorption({
    codes,
    features,
    latents,
    parents: world.parents,
  });
  const { l0, deadLatents, perPrefix: [{ fvu }], frequency } = await evaluate(
    backend,
    parameters,
    one(batch),
    { prefixes: [LATENTS] },
  );
  const result = {
    prefixCount,
    parentActiveWhenChild,
    parentActiveAlone,
    meanCosine,
    fvu,
    l0,
    deadLatents,
    finalLoss: metrics.at(-1)!.loss,
    seconds,
  };
  const evidence = {
    metrics,
    targetL0: TARGET_L0,
    latentCount: LATENTS,
    cosines: cosines(rowsOf(world.directions, inputSize), rowsOf(parameters.decoder, inputSize)),
    featureNames: featureNames(world),
    order: displayOrder([...latents]),
    parameters,
    samples: { batch, features },
    rows: FRESH_ROWS,
    frequency: frequencySummary(frequency, FRESH_ROWS),
  };
  return { result, evidence };
}

/** Puts matched latents (not −1) first and all others behind them. */
function displayOrder(matched: readonly number[]): number[] {
  const others = Array.from({ length: LATENTS }, (_, i) => i).filter((i) => !matched.includes(i));
  return [...matched.filter((i) => i >= 0), ...others];
}

function featureNames({ parents, featureCount }: ToyTree): string[] {
  const names = Array.from({ length: featureCount }, (_, i) => `feature ${i}`);
  parents.forEach(({ parent, children }, tree) => {
    names[parent] = `parent ${tree + 1}`;
    children.forEach((child, c) => names[child] = `child ${tree + 1}.${c + 1}`);
  });
  return names;
}

async function* one<T>(item: T): AsyncGenerator<T, void, void> {
  yield item;
}
