/**
 * The tensors of a rank's steps of one kind.
 *
 * @module
 */
import type { Tensor } from "../../../kernels/kernel.ts";
import type { StepSizes, StepTensors } from "../../step/step_tensors.ts";
import type { Workspace } from "../../step/workspace.ts";
import type { TrainerTensors } from "../trainer_tensors.ts";
import type { RankGrid } from "./grid.ts";

/** What a rank needs beside the tensors of a step on one machine. */
export interface RankTensors {
  /** What is exchanged between ranks: first the sum of the decoder, then G_0: [B, d]. */
  readonly message: Tensor;
  /** x − base, the input without what earlier ranks reconstruct: [B, d]. */
  readonly shifted: Tensor;
  /** Zeros in place of a decoder bias: [d]. */
  readonly zeros: Tensor;
  /** How many of the rank's latents each prefix contains: u32 [P]. */
  readonly contained: Tensor;
  /** S_j of the rank's latents and rows: [P]. */
  readonly ownSparsity: Tensor;
  /** L0 of the rank's latents and rows, by prefix: [P]. */
  readonly ownL0: Tensor;
  /** SE_j over all rows: [P]. */
  readonly squaredErrors: Tensor;
  /** S_j over all latents and rows: [P]. */
  readonly sparsity: Tensor;
  /** L0 of each prefix over all latents and rows: [P]. */
  readonly l0: Tensor;
  /** ρ w_j of all prefixes: [P]. */
  readonly weights: Tensor;
  /** The same for the penalty: [P]. */
  readonly penaltyWeights: Tensor;
}

/** Makes the tensors for B rows and P prefixes. */
export function rankTensors(
  w: Workspace,
  { B, d, P }: StepSizes,
  input: Tensor,
  { replica }: RankGrid,
): RankTensors {
  return {
    message: replica.size > 1 ? w.f32(B, d) : input,
    // Nothing comes before the first rank.
    shifted: replica.rank > 0 ? w.f32(B, d) : input,
    zeros: w.f32(d),
    contained: w.u32(P),
    ownSparsity: w.f32(P),
    ownL0: w.f32(P),
    squaredErrors: w.f32(P),
    sparsity: w.f32(P),
    l0: w.f32(P),
    weights: w.f32(P),
    penaltyWeights: w.f32(P),
  };
}

/** Makes the tensors of a step in which all P prefixes end on the rank. */
export function widestTensors(
  w: Workspace,
  { B, d, N, P }: StepSizes,
  { model, threshold, coefficient, norms }: TrainerTensors,
  { shifted, sparsity, l0 }: RankTensors,
): StepTensors {
  const residuals = w.f32(P, B, d);
  return {
    model,
    threshold,
    coefficient,
    input: shifted,
    bounds: w.u32(P),
    weights: w.f32(P),
    tailWeights: w.f32(P),
    norms,
    penalties: w.f32(N),
    counts: w.u32(N),
    squares: w.f32(N),
    sparsity,
    l0,
    residuals,
    residualSums: residuals,
    squaredErrors: w.f32(P),
  };
}

/** Returns the tensors of a step in which P prefixes end on the rank, as views of the widest. */
export function tensorsFor(w: Workspace, P: number, widest: StepTensors): StepTensors {
  const [, B, d] = widest.residuals.shape;
  const residuals = w.view(widest.residuals, P, B, d);
  return {
    ...widest,
    bounds: w.view(widest.bounds, P),
    weights: w.view(widest.weights, P),
    tailWeights: w.view(widest.tailWeights, P),
    residuals,
    residualSums: residuals,
    squaredErrors: w.view(widest.squaredErrors, P),
  };
}
