/**
 * Turns top-k selections into jumprelu with one threshold, which encodes each row by itself.
 *
 * @module
 */
import { checkNumber, checkObject } from "../base/checks.ts";
import type { Activation } from "./activation.ts";
import { checkSae, type Sae, type TrainedSelection } from "./sae.ts";

/**
 * Turns an autoencoder with a top-k selection into the jumprelu that one threshold for all latents makes. It encodes
 * each row by itself, where "batchtopk" compares all rows of a batch, and every format but sparsify's can hold it. The
 * selection of the training is kept as `trainedActivation`. Weights are shared with the given autoencoder.
 *
 * @param sae An autoencoder with the activation "topk" or "batchtopk", or one that this function has returned, whose
 * threshold is replaced.
 * @param threshold The value that an activation must exceed, at least 0, in the units of activations: what
 * `Trainer.inferenceThreshold` or `calibrateThreshold` returned.
 * @returns The same autoencoder with the activation "jumprelu".
 * @throws {RangeError} if the threshold is negative or not finite as float32, or the parts of the autoencoder do not
 * fit together.
 * @throws {TypeError} if the threshold is not a number, or neither the activation nor the recorded one is a top-k
 * selection.
 *
 * @example
 * ```ts
 * import { initialParameters, jumpReluOf, Random, saveSae } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const sae = jumpReluOf({
 *   parameters: initialParameters(4, 12, Random.fromSeed(1)),
 *   activation: { kind: "batchtopk", k: 3 },
 *   subtractDecoderBias: false,
 * }, 0.25);
 * assertEquals(sae.activation, { kind: "jumprelu", threshold: new Float32Array(12).fill(0.25) });
 * assertEquals(sae.trainedActivation, { kind: "batchtopk", k: 3 });
 * assertEquals(Object.keys(saveSae(sae, "gemma_scope")), ["params.npz"]);
 * ```
 */
export function jumpReluOf<Some extends Sae>(sae: Some, threshold: number): JumpReluOf<Some> {
  const task = "turn the autoencoder into jumprelu";
  checkObject(sae, "sae", task);
  checkSae(sae, task);
  const trainedActivation = selectionOf(sae);
  if (trainedActivation === undefined) {
    throw new TypeError(
      `Cannot ${task}: its activation must be "topk" or "batchtopk" but is "${sae.activation.kind}"`,
    );
  }
  checkNumber(threshold, "threshold", task, { least: 0, most: LARGEST });
  const values = new Float32Array(sae.parameters.latentCount).fill(threshold);
  return { ...sae, activation: { kind: "jumprelu", threshold: values }, trainedActivation };
}

/** An autoencoder whose top-k selection is replaced by jumprelu. */
export type JumpReluOf<Some extends Sae> = Omit<Some, "activation" | "trainedActivation"> & {
  readonly activation: Extract<Activation, { kind: "jumprelu" }>;
  readonly trainedActivation: TrainedSelection;
};

const LARGEST = 2 ** 127 * (2 - 2 ** -23);

/** Returns the top-k selection that an autoencoder applies or was trained with, if there is one. */
export function selectionOf(
  { activation, trainedActivation }: Pick<Sae, "activation" | "trainedActivation">,
): TrainedSelection | undefined {
  if (activation.kind === "jumprelu") return trainedActivation;
  if (activation.kind !== "topk" && activation.kind !== "batchtopk") return undefined;
  return { kind: activation.kind, k: activation.k };
}
