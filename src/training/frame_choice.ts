/**
 * Chooses what records the frame of a step.
 *
 * @module
 */
import type { Workspace } from "../step/workspace.ts";
import { PlainRecording } from "./plain_recording.ts";
import { NO_COMPATIBILITY } from "./resolved_recipe.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { RecipeInput, StepFrame } from "./step_frame.ts";

/** Makes the frame of a step. That of recipes is loaded only where one is used: programs without it stay small. */
export async function stepFrame(w: Workspace, input: RecipeInput): Promise<StepFrame> {
  if (isPlain(input.options)) return new PlainRecording(input);
  const { RecipeRecording } = await import("./recipe_recording.ts");
  return new RecipeRecording(w, input);
}

function isPlain({ loss, recipe }: ResolvedTrainer): boolean {
  const { auxiliary, inferenceThreshold, thresholdTraining } = recipe;
  if (auxiliary || inferenceThreshold || thresholdTraining || recipe.multiTopk > 0) return false;
  if (recipe.unitDecoder !== "never" || recipe.projectGradient) return false;
  if (recipe.scaleByDecoderNorm || !recipe.encoderBias) return false;
  return loss.squaredError !== "variance" && recipe.compatibility === NO_COMPATIBILITY;
}
