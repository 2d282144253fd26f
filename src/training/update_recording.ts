/**
 * Records the end of a training step: clipping, Adam, and the metrics of the step.
 *
 * @module
 */
import { adam } from "../../kernels/adam.ts";
import { globalNorm } from "../../kernels/global_norm.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { latentHistory } from "../../kernels/latent_history.ts";
import { stepMetrics } from "../../kernels/step_metrics.ts";
import { totalVariance } from "../../kernels/total_variance.ts";
import { PARAMETER_NAMES } from "../model/parameters.ts";
import type { StepTensors } from "../step/step_tensors.ts";
import type { ResolvedTrainer } from "./trainer_options.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import type { Workspace } from "../step/workspace.ts";

/** Decay of the running importance of latents, as in the author's code. */
const IMPORTANCE_DECAY = 0.99;

/** The parts of an update to record. */
export interface UpdateParts {
  /** B. */
  readonly rows: number;
  readonly options: ResolvedTrainer;
  readonly tensors: TrainerTensors;
  /** The results of the step that the update needs. */
  readonly step: Pick<
    StepTensors,
    "counts" | "squares" | "squaredErrors" | "sparsity" | "l0" | "weights"
  >;
  /** The number of the row of metrics that the step writes. */
  readonly slot: Tensor;
  /** The rows of metrics: see `MetricsRing`. */
  readonly ring: Tensor;
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

/** Records the variance of the inputs of the step. */
export function recordTotalVariance(
  r: Recorder,
  { totalVariance: result }: TrainerTensors,
  input: Tensor,
): void {
  r.run(totalVariance, { input, totalVariance: result }, {});
}

/** Records the update, after the norm and the variance. `w` owns the views that it needs. */
export function recordUpdate(r: Recorder, w: Workspace, parts: UpdateParts): void {
  const { rows, options, tensors: t, step, slot, ring } = parts;
  const { model, gradients, firstMoments, secondMoments, norm, adamControls } = t;
  const flat = (tensor: Tensor) => w.view(tensor, tensor.shape.reduce((a, b) => a * b));
  for (const name of PARAMETER_NAMES) {
    r.run(adam, {
      parameter: flat(model[name]),
      gradient: flat(gradients[name]),
      firstMoment: flat(firstMoments[name]),
      secondMoment: flat(secondMoments[name]),
      norm,
      controls: adamControls,
    }, options.adam);
  }
  r.run(latentHistory, {
    counts: step.counts,
    squares: step.squares,
    silentSteps: t.silentSteps,
    importance: t.importance,
  }, { rows, decay: IMPORTANCE_DECAY });
  r.run(stepMetrics, {
    squaredErrors: step.squaredErrors,
    sparsity: step.sparsity,
    l0: step.l0,
    weights: step.weights,
    coefficient: t.coefficient,
    totalVariance: t.totalVariance,
    norm,
    slot,
    ring,
  }, {});
}
