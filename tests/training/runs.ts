/** Training runs for tests: data, and trainers whose active latents are known. */
import {
  type Backend,
  Random,
  type SaeParameters,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { onGrid } from "../problems.ts";

/** Batches of standard normal numbers, one of each number of rows. */
export function normalBatches(rows: readonly number[], d: number, seed: number): Float32Array[] {
  const random = Random.fromSeed(seed);
  return rows.map((B) => onGrid(random, B * d));
}

/** Makes a trainer, takes a step for each batch, and gives the figures of each. */
export async function train(
  backend: Backend,
  options: TrainerOptions,
  batches: readonly Float32Array[],
): Promise<{ metrics: StepMetrics[]; parameters: SaeParameters }> {
  using trainer = await Trainer.create(backend, options);
  const metrics: StepMetrics[] = [];
  for (const batch of batches) {
    await trainer.step(batch);
    metrics.push(await trainer.metrics());
  }
  return { metrics, parameters: await trainer.parameters() };
}

/** Metrics without what a checkpoint does not hold, because no result depends on it. */
export function withoutScreening(metrics: readonly StepMetrics[]): StepMetrics[] {
  return metrics.map(({ screening: _, ...rest }) => rest);
}

/** Largest relative difference of the losses of two runs. */
export function lossDifference(a: readonly StepMetrics[], b: readonly StepMetrics[]): number {
  if (a.length !== b.length || a.length === 0) return Infinity;
  return Math.max(...a.map(({ loss }, s) => {
    const difference = Math.abs(loss - b[s].loss) / Math.abs(b[s].loss);
    return Number.isNaN(difference) ? Infinity : difference;
  }));
}

/** Size of the ladder: input size and number of latents. */
export const LADDER = { inputSize: 2, latentCount: 20 } as const;

/**
 * Parameters under which the input [a − 1/2, y] activates the latents 0 … a − 1: latent i has the
 * pre-activation x₀ − i. Small changes of the parameters leave it so.
 */
export function ladderParameters(): SaeParameters {
  const { inputSize: d, latentCount: N } = LADDER;
  const random = Random.fromSeed(9);
  return {
    inputSize: d,
    latentCount: N,
    encoder: Float32Array.from({ length: N * d }, (_, i) => i % d === 0 ? 1 : 0),
    encoderBias: Float32Array.from({ length: N }, (_, i) => -i),
    decoder: onGrid(random, N * d, 0.5),
    decoderBias: new Float32Array(d),
  };
}

/** Four rows for the ladder, each with this many active latents. */
export function ladderBatch(active: number): Float32Array {
  return Float32Array.from([-1, -0.5, 0.5, 1].flatMap((y) => [active - 0.5, y]));
}

/** Options for the ladder: the parameters stay as they are unless `learningRate` is given. */
export function ladderOptions(options: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    ...LADDER,
    steps: 200,
    initial: ladderParameters(),
    inputScaling: "none",
    learningRate: 0,
    prefixes: [5, 20],
    ...options,
  };
}
