/**
 * Gathers the facts by which a training run is judged.
 *
 * @module
 */
import type { Sae } from "@matryoshka/sae";
import { norm, rowsOf } from "../sae/vectors.ts";
import type { PreparedRun } from "./preparation.ts";
import type { LoopResult } from "./training_loop.ts";
import { isNotFinite, judgeRun, type RunWarning } from "./verdict.ts";

/** Judges a run that ended by itself; an error in the data says nothing about the training. */
export function warningsOf(
  run: PreparedRun,
  { metrics, error }: LoopResult,
  sae: Sae,
): RunWarning[] {
  const notFinite = error !== undefined && isNotFinite(error);
  if (error !== undefined && !notFinite) return [];
  const { latents: latentCount, batch: batchRows } = run.args;
  const { targetL0, sparsityRate, penaltyCoefficient } = run.args;
  const isPenalized = run.options.penalty?.kind !== "none";
  const given = { targetL0, sparsityRate, penaltyCoefficient, isPenalized };
  const facts = { metrics, latentCount, batchRows, notFinite, ...given };
  const deadAfter = Number(run.settings.deadAfter);
  const learningRate = Number(run.settings.learningRate);
  return judgeRun({ ...facts, deadAfter, learningRate, decoderNorm: decoderNorm(sae) });
}

/** Returns the median norm of a decoder direction, as a share of the mean norm of an input. */
function decoderNorm({ parameters: { decoder, inputSize }, inputScale = 1 }: Sae): number {
  const norms = rowsOf(decoder, inputSize).map(norm).sort((a, b) => a - b);
  // Scaled by this factor, inputs have a mean norm of √d.
  return norms[norms.length >> 1] * inputScale / Math.sqrt(inputSize);
}
