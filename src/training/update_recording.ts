/**
 * Records the end of a training step: clipping, Adam, and the metrics of the step.
 *
 * @module
 */
import { adam } from "../../kernels/adam.ts";
import { adamDecoder } from "../../kernels/adam_decoder.ts";
import { adamEncoder } from "../../kernels/adam_encoder.ts";
import { globalNorm } from "../../kernels/global_norm.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { latentHistory } from "../../kernels/latent_history.ts";
import { stepMetrics } from "../../kernels/step_metrics.ts";
import { totalVariance } from "../../kernels/total_variance.ts";
import type { PARAMETER_NAMES } from "../model/parameters.ts";
import type { LatentScreen } from "../step/screen.ts";
import type { StepTensors } from "../step/step_tensors.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import type { Workspace } from "../step/workspace.ts";

/** Decay of the running importance of latents, as in the author's code. */
const IMPORTANCE_DECAY = 0.99;

/** The parts of an update to record. */
export interface UpdateParts {
  /** B, over all replicas. */
  readonly rows: number;
  readonly options: ResolvedTrainer;
  readonly tensors: TrainerTensors;
  /** The results of the step that the update needs. */
  readonly step: Pick<
    StepTensors,
    "squaredErrors" | "sparsity" | "l0" | "weights"
  >;
  /** The weights of the penalty by prefix. */
  readonly penaltyWeights: Tensor;
  /** The norm by which Adam clips. */
  readonly clipNorm: Tensor;
  /** The number of the row of metrics that the step writes. */
  readonly slot: Tensor;
  /** The rows of metrics: see `MetricsRing`. */
  readonly ring: Tensor;
  /** What receives the quantised encoder, if the step screens. */
  readonly screen?: LatentScreen;
}

/** Records the global norm of the gradients, with another ∂c if one is given. */
export function recordNorm(
  r: Recorder,
  { gradients, norm }: TrainerTensors,
  decoderBiasGradient: Tensor = gradients.decoderBias,
): void {
  r.run(globalNorm, {
    encoderGradient: gradients.encoder,
    encoderBiasGradient: gradients.encoderBias,
    decoderGradient: gradients.decoder,
    decoderBiasGradient,
    norm,
  }, {});
}

/** Records what each latent has done, from the sums of the batch. */
export function recordHistory(
  r: Recorder,
  { counts, squares }: Pick<StepTensors, "counts" | "squares">,
  { rows, options: { recipe }, tensors: { silentSteps, importance } }: Pick<
    UpdateParts,
    "rows" | "options" | "tensors"
  >,
): void {
  r.run(latentHistory, { counts, squares, silentSteps, importance }, {
    rows,
    decay: IMPORTANCE_DECAY,
    increment: recipe.deadAfterRows === undefined ? 1 : rows,
    restart: recipe.compatibility.silenceFromOne ? 1 : 0,
  });
}

/** Records the variance of the inputs of the step. */
export function recordTotalVariance(
  r: Recorder,
  { totalVariance: result }: Pick<TrainerTensors, "totalVariance">,
  input: Tensor,
): void {
  r.run(totalVariance, { input, totalVariance: result }, {});
}

/** Records the update, after the norm and the variance. `w` owns the views that it needs. */
export function recordUpdate(r: Recorder, w: Workspace, parts: UpdateParts): void {
  const { tensors: t, step, slot, ring } = parts;
  recordAdam(r, w, parts);
  r.run(stepMetrics, {
    squaredErrors: step.squaredErrors,
    sparsity: step.sparsity,
    l0: step.l0,
    weights: step.weights,
    penaltyWeights: parts.penaltyWeights,
    terms: t.terms,
    coefficient: t.coefficient,
    totalVariance: t.totalVariance,
    norm: t.norm,
    slot,
    ring,
  }, {});
}

/** Records Adam on all parameters. It leaves behind what the next step needs of them: see `DerivedTensors`. */
function recordAdam(
  r: Recorder,
  w: Workspace,
  { options: { adam: constants }, tensors: t, clipNorm: norm, screen }: UpdateParts,
): void {
  const operandsOf = (name: typeof PARAMETER_NAMES[number]) => ({
    parameter: t.model[name],
    gradient: t.gradients[name],
    firstMoment: t.firstMoments[name],
    secondMoment: t.secondMoments[name],
    norm,
    controls: t.adamControls,
  });
  const encoder = operandsOf("encoder");
  if (screen === undefined) {
    const flat = (tensor: Tensor) => w.view(tensor, tensor.shape.reduce((a, b) => a * b));
    r.run(adam, {
      ...encoder,
      parameter: flat(encoder.parameter),
      gradient: flat(encoder.gradient),
      firstMoment: flat(encoder.firstMoment),
      secondMoment: flat(encoder.secondMoment),
    }, constants);
  } else {
    const { quantizedLatents: quantized, latentBounds: bounds } = screen;
    r.run(adamEncoder, { ...encoder, quantized, bounds }, constants);
  }
  r.run(adam, operandsOf("encoderBias"), constants);
  r.run(adamDecoder, { ...operandsOf("decoder"), norms: t.norms }, constants);
  r.run(adam, operandsOf("decoderBias"), constants);
  if (t.jump === undefined) return;
  const { windowStart: _, ...threshold } = t.jump;
  r.run(adam, { ...threshold, norm, controls: t.adamControls }, constants);
}
