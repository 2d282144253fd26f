/**
 * The selection of the training in files of other libraries that hold a threshold beside it.
 *
 * @module
 */
import type { Sae } from "../../model/sae.ts";

/**
 * Returns the batch top-k selection that a threshold replaces, to be spread into an autoencoder. A k that no selection
 * could have is left out, since the function of the file does not depend on it.
 *
 * @param k What the file has as k.
 */
export function trainedBatchTopK(
  k: unknown,
  latentCount: number,
): Pick<Sae, "trainedActivation"> {
  const possible = typeof k === "number" && k >= 1 && k <= latentCount;
  return possible ? { trainedActivation: { kind: "batchtopk", k } } : {};
}
