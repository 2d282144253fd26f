/**
 * Gathers the facts by which a training run is judged.
 *
 * @module
 */
import type { SaeShare } from "@matryoshka/sae/files";
import { norm, rowsOf } from "../sae/vectors.ts";
import type { PreparedRun } from "./preparation.ts";
import type { LoopResult } from "./training_loop.ts";
import { deadAfterSteps, isNotFinite, judgeRun, type RunWarning } from "./verdict.ts";

/**
 * Judges a run that ended by itself; an error in the data says nothing about the training. All ranks come to the same
 * verdict.
 */
export async function warningsOf(
  run: PreparedRun,
  { metrics, error }: LoopResult,
  share: SaeShare,
): Promise<RunWarning[]> {
  const notFinite = error !== undefined && isNotFinite(error);
  if (error !== undefined && !notFinite) return [];
  const { latents: latentCount, batch: batchRows } = run.args;
  const { targetL0, sparsityRate, penaltyCoefficient } = run.args;
  const isPenalized = run.options.penalty?.kind !== "none";
  const given = { targetL0, sparsityRate, penaltyCoefficient, isPenalized };
  const facts = { metrics, latentCount, batchRows, notFinite, ...given };
  const deadAfter = deadAfterSteps(run.settings, run.args.batch);
  const learningRate = Number(run.settings.learningRate);
  return judgeRun({
    ...facts,
    deadAfter,
    learningRate,
    decoderNorm: await decoderNorm(run, share),
  });
}

/** Returns the median norm of a decoder direction, as a share of the mean norm of an input. Collective. */
async function decoderNorm(
  { ranks, trainer }: PreparedRun,
  { sae: { parameters, inputScale = 1 }, latents, latentCount }: SaeShare,
): Promise<number> {
  const { decoder, inputSize } = parameters;
  const norms = new Float64Array(latentCount);
  // Further replicas hold the same latents.
  if (trainer.replica === 0) norms.set(rowsOf(decoder, inputSize).map(norm), latents.from);
  await ranks.communicator?.allReduce(norms);
  norms.sort();
  // Scaled by this factor, inputs have a mean norm of √d.
  return norms[norms.length >> 1] * inputScale / Math.sqrt(inputSize);
}
