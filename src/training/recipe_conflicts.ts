/**
 * The combinations of options that exclude each other.
 *
 * @module
 */
import type { ResolvedLoss } from "../step/loss_options.ts";
import type { ResolvedRecipe } from "./resolved_recipe.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** Throws if two parts exclude each other. */
export function checkTogether(
  options: TrainerOptions,
  { selection, squaredError, penaltyOver, k }: ResolvedLoss,
  recipe: ResolvedRecipe,
  task: string,
): void {
  const clash = (one: string, other: string) => {
    throw new RangeError(`Cannot ${task}: ${one} cannot be combined with ${other}`);
  };
  const { multiTopk, auxiliary, compatibility } = recipe;
  if (multiTopk > 0 && selection !== "topk") {
    clash(`multiTopk ${multiTopk}`, `activation "${selection}"`);
  }
  if (multiTopk > 0 && recipe.scaleByDecoderNorm) clash("multiTopk", "scaleByDecoderNorm");
  if (auxiliary?.perPrefix && compatibility.auxiliaryAttached) {
    clash("auxiliary.perPrefix", "compatibility.auxiliaryAttached");
  }
  if (auxiliary?.perPrefix && compatibility.auxiliaryBias !== "none") {
    clash("auxiliary.perPrefix", `compatibility.auxiliaryBias "${compatibility.auxiliaryBias}"`);
  }
  if (recipe.scaleByDecoderNorm && recipe.unitDecoder !== "never") {
    clash("scaleByDecoderNorm", `unitDecoder "${recipe.unitDecoder}"`);
  }
  if (recipe.scaleByDecoderNorm && options.screening === "on") {
    clash("scaleByDecoderNorm", 'screening "on"');
  }
  if (options.deadAfterRows !== undefined && options.deadAfter !== undefined) {
    clash(`deadAfterRows ${options.deadAfterRows}`, `deadAfter ${options.deadAfter}`);
  }
  if (options.communicator === undefined) return;
  const alone = {
    auxiliary,
    multiTopk: multiTopk > 0 || undefined,
    inferenceThreshold: recipe.inferenceThreshold,
    thresholdTraining: recipe.thresholdTraining,
    annealedK: recipe.annealedK,
    unitDecoder: recipe.unitDecoder !== "never" || undefined,
    projectGradient: recipe.projectGradient || undefined,
    scaleByDecoderNorm: recipe.scaleByDecoderNorm || undefined,
    encoderBias: recipe.encoderBias ? undefined : false,
    deadAfterRows: recipe.deadAfterRows,
    compatibility: options.compatibility,
    squaredError: squaredError === "variance" ? squaredError : undefined,
    "penalty.over": penaltyOver === "full" ? penaltyOver : undefined,
    k: Number.isInteger(k) ? undefined : k,
  };
  for (const [name, value] of Object.entries(alone)) {
    if (value !== undefined) clash(name, "communicator: one machine trains it so far");
  }
}
