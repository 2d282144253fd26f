/**
 * The tensors of a step and the commands that both algorithms share.
 *
 * @module
 */
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { prefixSums } from "../../kernels/prefix_sums.ts";
import { rowNorms } from "../../kernels/row_norms.ts";
import type { ResolvedLoss } from "./loss_options.ts";
import type { Screen } from "./screen.ts";
import type { ParameterTensors, Workspace } from "./workspace.ts";

/** The sizes of a step: rows B, input size d, latents N, prefixes P. */
export interface StepSizes {
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly P: number;
}

/** The tensors of one step, the same for both algorithms. */
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
  /**
   * The weights of the penalty. Where later ranks hold further prefixes, the last weight includes theirs: [P].
   */
  readonly tailWeights: Tensor;
  /** λ: [1]. */
  readonly coefficient: Tensor;
  /** ‖D_i‖: [N]. */
  readonly norms: Tensor;
  /** Sum of the penalty over the batch, by latent: [N]. */
  readonly penalties: Tensor;
  /** Rows in which each latent is active: u32 [N]. */
  readonly counts: Tensor;
  /** Sum of the squared activations over the batch, by latent: [N]. */
  readonly squares: Tensor;
  /** S_j: [P]. */
  readonly sparsity: Tensor;
  /** Mean number of active latents of each prefix: [P]. */
  readonly l0: Tensor;
  /** e_j, the residual of each prefix, until the dense backward pass overwrites it with G: [P, B, d]. */
  readonly residuals: Tensor;
  /** G_j, the weighted sum of the residuals from prefix j on, in the memory of `residuals`: [P, B, d]. */
  readonly residualSums: Tensor;
  /** SE_j: [P]. */
  readonly squaredErrors: Tensor;
}

/** The tensors that a caller gives to {@linkcode stepTensors}; those not given of `input` and `norms` are made. */
export type SharedStepTensors =
  & Pick<StepTensors, "model" | "threshold" | "coefficient">
  & Partial<Pick<StepTensors, "input" | "norms">>;

/** Makes the tensors of a step, apart from those that the caller gives. */
export function stepTensors(
  w: Workspace,
  { B, d, N, P }: StepSizes,
  { model, threshold, coefficient, input, norms }: SharedStepTensors,
): StepTensors {
  const residuals = w.f32(P, B, d);
  return {
    model,
    threshold,
    coefficient,
    input: input ?? w.f32(B, d),
    bounds: w.u32(P),
    weights: w.f32(P),
    tailWeights: w.f32(P),
    norms: norms ?? w.f32(N),
    penalties: w.f32(N),
    counts: w.u32(N),
    squares: w.f32(N),
    sparsity: w.f32(P),
    l0: w.f32(P),
    residuals,
    residualSums: residuals,
    squaredErrors: w.f32(P),
  };
}

/** The parts of a step to record. */
export interface StepParts {
  readonly sizes: StepSizes;
  readonly loss: ResolvedLoss;
  readonly tensors: StepTensors;
  /** Active latents of the batch that the sparse algorithm has room for; undefined computes densely. */
  readonly room: number | undefined;
  /** The tensors with which the sparse algorithm screens; undefined computes every pre-activation. */
  readonly screen?: Screen;
  /** The tensors that receive the gradients; undefined records the forward pass only. */
  readonly gradients?: ParameterTensors;
  /** Records commands between L0 and the gradients: the controller that sets λ. */
  readonly control?: (r: Recorder) => void;
  /** What is read of the activations beside their sums. */
  readonly readings?: ActivationReadings;
  /** The thresholds of jumprelu, if they are trained. */
  readonly jump?: JumpParts;
  /** Records what a training recipe adds; receives the encoder's input. */
  readonly additions?: (encoderInput: Tensor) => StepAdditions;
}

/** The active latents of the batch, by row. */
export interface RowCodes {
  readonly rowOffsets: Tensor;
  readonly indices: Tensor;
  readonly values: Tensor;
}

/** The active latents of the batch, by latent. */
export interface LatentCodes {
  readonly latentOffsets: Tensor;
  readonly latentRows: Tensor;
  readonly latentValues: Tensor;
}

/** Records what is read of the activations beside their sums. */
export interface ActivationReadings {
  /** Reads it from codes. */
  ofCodes(r: Recorder, rows: RowCodes, latents: LatentCodes): void;
  /** Reads it from f [B, N]. */
  ofActivations(r: Recorder, activations: Tensor): void;
}

/** Records jumprelu whose thresholds are trained: see `JumpRecording`. */
export interface JumpParts {
  /** Records codes of the window around each threshold, and those of the active latents among them. */
  encodeCodes(
    r: Recorder,
    parts: StepParts,
    input: Tensor,
    results: { readonly window: RowCodes; readonly codes: RowCodes; readonly overflow: Tensor },
  ): void;
  /** Records the gradient of the thresholds from the codes of the window. */
  gradientOfCodes(r: Recorder, parts: StepParts, window: RowCodes, byLatent: LatentCodes): void;
  /** Records all activations, and keeps the pre-activations. */
  encodeActivations(
    r: Recorder,
    parts: StepParts,
    input: Tensor,
    results: { readonly preActivations: Tensor; readonly activations: Tensor },
  ): void;
  /** Records the gradient of the thresholds from all pre-activations. */
  gradientOfActivations(r: Recorder, parts: StepParts, preActivations: Tensor): void;
}

/** Records what a training recipe adds to a step. */
export interface StepAdditions {
  /** After the sums over the batch, before λ is needed. */
  afterSums(r: Recorder): void;
  /** Between G and the gradients: may change G. */
  beforeGradients(r: Recorder): void;
  /** After the gradients of E, b, D and θ: adds to them. */
  afterGradients(r: Recorder): void;
  /** After ∂c, apart from its part through the encoder: adds to it. */
  afterDecoderBias(r: Recorder): void;
}

/** Returns the factor by which Σ_b Σ_k e² is SE_j; the derivative by e is twice the factor times e. */
export function errorScale({ sizes: { B, d }, loss }: Pick<StepParts, "sizes" | "loss">): number {
  return loss.squaredError === "mean" ? 1 / (B * d) : 1 / B;
}

/** Records ‖D_i‖, where nothing has left them behind. */
export function recordRowNorms(r: Recorder, { model: { decoder }, norms }: StepTensors): void {
  r.run(rowNorms, { decoder, norms }, {});
}

/** Records the sums over latents, S_j and L0 of each prefix, and what depends on them. */
export function recordPrefixSums(
  r: Recorder,
  { sizes: { B }, tensors: t, control }: StepParts,
): void {
  const { penalties, counts, bounds, sparsity, l0 } = t;
  r.run(prefixSums, { penalties, counts, bounds, sparsity, l0 }, { rows: B });
  control?.(r);
}
