/**
 * Checks what a training step is given, and makes its input.
 *
 * @module
 */
import { checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { type Batch, checkTrainingBatch } from "../model/batch.ts";
import { resolvePrefixes } from "../step/loss_options.ts";
import { normalizedBatch, startDecoderBias } from "./first_batch.ts";
import { makeRoomForMetrics } from "./periodic_work.ts";
import type { StepInput } from "./step_programs.ts";
import type { TrainerParts } from "./trainer_parts.ts";

/** The task, for messages. */
export const STEP = "take a training step";

/** What a caller gives to a step. */
export interface GivenStep {
  /** The number of the step, counted from 0. */
  readonly step: number;
  readonly batch: Batch;
  readonly options: { readonly prefixes?: ArrayLike<number> };
  /** Throws if the trainer has been disposed. */
  checkAlive(): void;
}

/** Returns the input of a step, for which there is room in the ring. The first batch sets the decoder bias. */
export async function stepInput(parts: TrainerParts, given: GivenStep): Promise<StepInput> {
  const { sizes: { d, N }, options: { loss, recipe, inputScaling, prefixes } } = parts;
  const { step, batch, options, checkAlive } = given;
  const rows = checkTrainingBatch(batch, d, STEP, inputScaling !== "none");
  checkObject(options, "options", STEP);
  checkKeys(options, ["prefixes"], STEP);
  const lengths = options.prefixes === undefined
    ? prefixes.next(parts.prefixRandom)
    : options.prefixes;
  const { biasPrefix } = recipe.compatibility;
  const { bounds, weights } = resolvePrefixes(loss, lengths, N, STEP, biasPrefix);
  const values = normalizedBatch(batch, d, recipe.inputNormalization, STEP);
  if (step === 0) await startDecoderBias(parts, values);
  await makeRoomForMetrics(parts, bounds.length, checkAlive);
  return { step, batch: values, rows, bounds, weights, checkAlive };
}
