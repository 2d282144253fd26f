/**
 * The parameters of a trainer as inference needs them.
 *
 * @module
 */
import { foldDecoderNorms } from "../model/folding.ts";
import { foldInputScale, type SaeParameters } from "../model/parameters.ts";
import type { TrainerParts } from "./trainer_parts.ts";

/**
 * Returns an autoencoder that computes on raw activations what training does on scaled ones. Decoder norms are folded
 * first: thresholds, and what top-k compares, are pre-activations times the norms in the units of training.
 */
export function rawParametersOf(
  { options }: TrainerParts,
  parameters: SaeParameters,
  inputScale: number,
): SaeParameters {
  const folded = options.recipe.scaleByDecoderNorm
    ? foldDecoderNorms(parameters, { kind: "relu" }).parameters
    : parameters;
  return foldInputScale(folded, inputScale);
}
