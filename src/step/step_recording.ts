/**
 * Records the forward and backward pass of the Matryoshka loss, dense or sparse, as commands.
 * Nothing here runs once per prefix: kernels take all prefixes at once.
 *
 * @module
 */
import { activationGradient } from "../../kernels/activation_gradient.ts";
import { batchTopk } from "../../kernels/batch_topk.ts";
import { centre } from "../../kernels/centre.ts";
import { centringGradient } from "../../kernels/centring_gradient.ts";
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import { decoderBiasGradient } from "../../kernels/decoder_bias_gradient.ts";
import { decoderGradient } from "../../kernels/decoder_gradient.ts";
import { encode } from "../../kernels/encode.ts";
import { encoderGradient } from "../../kernels/encoder_gradient.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { latentSums } from "../../kernels/latent_sums.ts";
import { prefixResiduals } from "../../kernels/prefix_residuals.ts";
import { prefixSums } from "../../kernels/prefix_sums.ts";
import { reverseSums } from "../../kernels/reverse_sums.ts";
import { rowNorms } from "../../kernels/row_norms.ts";
import { sparseLatentGradients } from "../../kernels/sparse_latent_gradients.ts";
import { sparseLatentSums } from "../../kernels/sparse_latent_sums.ts";
import { sparseReverseSums } from "../../kernels/sparse_reverse_sums.ts";
import { topk } from "../../kernels/topk.ts";
import type { ResolvedLoss } from "./loss_options.ts";
import type { ParameterTensors, Workspace } from "./workspace.ts";

/** Sizes of a step. */
export interface StepSizes {
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly P: number;
}

/** Tensors of one step, the same for both algorithms. */
export interface StepTensors {
  readonly model: ParameterTensors;
  /** θ of jumprelu, zeros otherwise: [N]. */
  readonly threshold: Tensor;
  /** x: [B, d]. */
  readonly input: Tensor;
  /** p_j: u32 [P]. */
  readonly bounds: Tensor;
  /** ρ w_j: [P]. */
  readonly weights: Tensor;
  /** λ: [1]. */
  readonly coefficient: Tensor;
  readonly norms: Tensor;
  readonly penalties: Tensor;
  readonly counts: Tensor;
  readonly squares: Tensor;
  readonly sparsity: Tensor;
  readonly l0: Tensor;
  /** Residuals, then their reverse sums G: [P, B, d]. */
  readonly residuals: Tensor;
  readonly squaredErrors: Tensor;
}

/** Makes the tensors of a step. `model` is shared with other steps; so may `shared` ones be. */
export function stepTensors(
  w: Workspace,
  { B, d, N, P }: StepSizes,
  shared: Pick<StepTensors, "model" | "threshold" | "coefficient"> & Partial<StepTensors>,
): StepTensors {
  return {
    input: shared.input ?? w.f32(B, d),
    bounds: w.u32(P),
    weights: w.f32(P),
    norms: w.f32(N),
    penalties: w.f32(N),
    counts: w.u32(N),
    squares: w.f32(N),
    sparsity: w.f32(P),
    l0: w.f32(P),
    residuals: w.f32(P, B, d),
    squaredErrors: w.f32(P),
    ...shared,
  };
}

/** What to record. */
export interface StepPlan {
  readonly sizes: StepSizes;
  readonly loss: ResolvedLoss;
  readonly tensors: StepTensors;
  /** Active latents that the sparse algorithm has room for; undefined computes densely. */
  readonly room?: number;
  /** Where gradients go; undefined records the forward pass only. */
  readonly gradients?: ParameterTensors;
  /** Commands between L0 and the gradients: the controller that sets λ. */
  readonly control?: (r: Recorder) => void;
}

/** Records forward and, if `gradients` is given, backward. `w` owns the algorithm's own tensors. */
export function recordStep(r: Recorder, w: Workspace, plan: StepPlan): void {
  const { sizes: { B, d }, loss, tensors: t, gradients, room } = plan;
  const encoderInput = loss.subtractDecoderBias ? w.f32(B, d) : t.input;
  if (loss.subtractDecoderBias) {
    r.run(centre, { input: t.input, decoderBias: t.model.decoderBias, centred: encoderInput }, {});
  }
  r.run(rowNorms, { decoder: t.model.decoder, norms: t.norms }, {});
  if (room === undefined) recordDense(r, w, plan, encoderInput);
  else recordSparse(r, w, plan, encoderInput, room);
  if (!gradients) return;
  r.run(
    decoderBiasGradient,
    { reverseSums: t.residuals, decoderBiasGradient: gradients.decoderBias },
    {},
  );
  if (loss.subtractDecoderBias) {
    r.run(centringGradient, {
      encoderBiasGradient: gradients.encoderBias,
      encoder: t.model.encoder,
      decoderBiasGradient: gradients.decoderBias,
    }, {});
  }
}

/** SE_j is this times Σ_b Σ_k e². Its derivative is twice this times e. */
function errorScale({ sizes: { B, d }, loss }: StepPlan): number {
  return loss.squaredError === "mean" ? 1 / (B * d) : 1 / B;
}

function recordSums(r: Recorder, { sizes: { B }, tensors: t, control }: StepPlan): void {
  const { penalties, counts, bounds, sparsity, l0 } = t;
  r.run(prefixSums, { penalties, counts, bounds, sparsity, l0 }, { rows: B });
  control?.(r);
}

function recordDense(r: Recorder, w: Workspace, plan: StepPlan, encoderInput: Tensor): void {
  const { sizes: { B, N }, loss, tensors: t, gradients } = plan;
  const { encoder, encoderBias, decoder, decoderBias } = t.model;
  const { threshold, norms, penalties, counts, squares, bounds, weights, coefficient } = t;
  const activations = w.f32(B, N);
  const { selection, k } = loss;
  const activation = selection === "identity" || selection === "jumprelu" ? selection : "relu";
  r.run(encode, { input: encoderInput, encoder, encoderBias, threshold, activations }, {
    activation,
  });
  if (selection === "topk") r.run(topk, { activations }, { k });
  if (selection === "batchtopk") r.run(batchTopk, { activations }, { k });
  r.run(latentSums, { activations, norms, penalties, counts, squares }, loss.penalty);
  recordSums(r, plan);
  const scale = errorScale(plan);
  r.run(prefixResiduals, {
    activations,
    decoder,
    decoderBias,
    input: t.input,
    bounds,
    residuals: t.residuals,
    squaredErrors: t.squaredErrors,
  }, { scale });
  if (!gradients) return;
  const preGradient = w.f32(B, N);
  r.run(reverseSums, { weights, residuals: t.residuals }, { scale: 2 * scale });
  const shared = {
    reverseSums: t.residuals,
    activations,
    decoder,
    norms,
    bounds,
    weights,
    coefficient,
  };
  r.run(activationGradient, { ...shared, preGradient }, {
    ...loss.penalty,
    identity: selection === "identity",
  });
  r.run(decoderGradient, { ...shared, decoderGradient: gradients.decoder }, loss.penalty);
  r.run(encoderGradient, {
    preGradient,
    input: encoderInput,
    encoderGradient: gradients.encoder,
    encoderBiasGradient: gradients.encoderBias,
  }, {});
}

function recordSparse(
  r: Recorder,
  w: Workspace,
  plan: StepPlan,
  encoderInput: Tensor,
  room: number,
): void {
  const { sizes: { B, N }, loss, tensors: t, gradients } = plan;
  const { encoder, encoderBias, decoder, decoderBias } = t.model;
  const { threshold, norms, penalties, counts, squares, bounds, weights, coefficient } = t;
  const rowOffsets = w.u32(B + 1), indices = w.u32(room), values = w.f32(room);
  const overflow = w.u32(1);
  r.run(encodeSparse, {
    input: encoderInput,
    encoder,
    encoderBias,
    threshold,
    rowOffsets,
    indices,
    values,
    overflow,
  }, { selection: loss.selection, k: loss.k });
  r.branch(overflow, (r) => {
    const latentOffsets = w.u32(N + 1), latentRows = w.u32(room);
    const latentValues = w.f32(room);
    const byLatent = { latentOffsets, latentRows, latentValues };
    r.run(codesByLatent, { rowOffsets, indices, values, ...byLatent }, {});
    r.run(
      sparseLatentSums,
      { latentOffsets, latentValues, norms, penalties, counts, squares },
      { ...loss.penalty, rows: B },
    );
    recordSums(r, plan);
    const scale = errorScale(plan);
    r.run(sparseReverseSums, {
      rowOffsets,
      indices,
      values,
      decoder,
      decoderBias,
      input: t.input,
      bounds,
      weights,
      reverseSums: t.residuals,
      squaredErrors: t.squaredErrors,
    }, { errorScale: scale, gradientScale: 2 * scale });
    if (!gradients) return;
    r.run(sparseLatentGradients, {
      ...byLatent,
      reverseSums: t.residuals,
      input: encoderInput,
      decoder,
      norms,
      bounds,
      weights,
      coefficient,
      encoderGradient: gradients.encoder,
      encoderBiasGradient: gradients.encoderBias,
      decoderGradient: gradients.decoder,
    }, loss.penalty);
  }, (r) => recordDense(r, w, plan, encoderInput));
}
