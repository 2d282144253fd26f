/** Training runs over ranks inside one process, put together again. */
import {
  type Backend,
  runRanks,
  type SaeParameters,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
} from "../../../mod.ts";

/** How a run is spread over ranks. */
export interface Spread {
  readonly ranks: number;
  readonly ranksPerReplica?: number;
  readonly latentsPerRank?: readonly number[];
}

/** A run that was taken by several ranks. */
export interface SpreadRun {
  /** The metrics of each step, which all ranks have agreed on. */
  readonly metrics: StepMetrics[];
  /** The parameters of all latents. */
  readonly parameters: SaeParameters;
}

/** One step of a run. */
export interface SpreadStep {
  readonly batch: Float32Array | Uint16Array;
  readonly prefixes?: readonly number[];
}

/** Trains over ranks, each with a backend of its own, and puts the latents of the first replica together. */
export async function trainOverRanks(
  makeBackend: () => Promise<Backend>,
  options: TrainerOptions,
  steps: readonly SpreadStep[],
  { ranks, ...spread }: Spread,
): Promise<SpreadRun> {
  const results = await runRanks(ranks, async (communicator) => {
    using backend = await makeBackend();
    using trainer = await Trainer.create(backend, { ...options, ...spread, communicator });
    const metrics: StepMetrics[] = [];
    for (const { batch, prefixes } of steps) {
      await trainer.step(batch, prefixes && { prefixes });
      metrics.push(await trainer.metrics());
    }
    const parameters = await trainer.parameters();
    return { metrics, parameters, latents: trainer.latents, replica: trainer.replica };
  });
  const first = results.filter(({ replica }) => replica === 0);
  for (const { metrics } of results) {
    if (JSON.stringify(metrics) !== JSON.stringify(results[0].metrics)) {
      throw new Error("ranks give different metrics");
    }
  }
  const { inputSize, latentCount } = options;
  const parameters = {
    inputSize,
    latentCount,
    encoder: new Float32Array(latentCount * inputSize),
    encoderBias: new Float32Array(latentCount),
    decoder: new Float32Array(latentCount * inputSize),
    decoderBias: first[0].parameters.decoderBias,
  };
  for (const { parameters: own, latents: { from } } of first) {
    parameters.encoder.set(own.encoder, from * inputSize);
    parameters.encoderBias.set(own.encoderBias, from);
    parameters.decoder.set(own.decoder, from * inputSize);
  }
  return { metrics: results[0].metrics, parameters };
}
