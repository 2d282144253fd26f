/**
 * Records what a recipe reads of the activations of a step.
 *
 * @module
 */
import { firedRows } from "../../kernels/fired_rows.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { smallestActivations } from "../../kernels/smallest_activations.ts";
import { sparseFiredRows } from "../../kernels/sparse_fired_rows.ts";
import { sparseSmallestActivations } from "../../kernels/sparse_smallest_activations.ts";
import type { ActivationReadings, LatentCodes, RowCodes } from "../step/step_tensors.ts";

/** Records the rows in which each latent fires, and the smallest activation of each row, as far as they are asked for. */
export class RecipeReadings implements ActivationReadings {
  /** Rows in which each latent is above a value: u32 [N]. */
  readonly fired?: Tensor;
  /** The smallest positive activation of each row: [B]. */
  readonly minima?: Tensor;
  readonly #above: number;

  constructor(
    asked: { readonly fired?: Tensor; readonly above: number; readonly minima?: Tensor },
  ) {
    this.fired = asked.fired;
    this.minima = asked.minima;
    this.#above = asked.above;
  }

  ofCodes(r: Recorder, { rowOffsets, values }: RowCodes, latents: LatentCodes): void {
    const { fired, minima } = this;
    const { latentOffsets, latentValues } = latents;
    if (fired) {
      r.run(sparseFiredRows, { latentOffsets, latentValues, fired }, { above: this.#above });
    }
    if (minima) r.run(sparseSmallestActivations, { rowOffsets, values, minima }, {});
  }

  ofActivations(r: Recorder, activations: Tensor): void {
    const { fired, minima } = this;
    if (fired) r.run(firedRows, { activations, fired }, { above: this.#above });
    if (minima) r.run(smallestActivations, { activations, minima }, {});
  }
}
