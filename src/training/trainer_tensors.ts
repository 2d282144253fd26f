/**
 * The tensors that a trainer holds on the backend as long as it lives.
 *
 * @module
 */
import type { Tensor } from "../../kernels/kernel.ts";
import type { Range } from "../distributed/shares.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { ParameterTensors, Workspace } from "../step/workspace.ts";

/** Tensors that live as long as the trainer. */
export interface TrainerTensors {
  readonly model: ParameterTensors;
  readonly gradients: ParameterTensors;
  readonly firstMoments: ParameterTensors;
  readonly secondMoments: ParameterTensors;
  readonly threshold: Tensor;
  /** λ₀, before the warm-up. */
  readonly baseCoefficient: Tensor;
  /** λ. */
  readonly coefficient: Tensor;
  readonly sparsityControls: Tensor;
  readonly adamControls: Tensor;
  readonly runningNorm: Tensor;
  readonly scale: Tensor;
  readonly correction: Tensor;
  readonly norm: Tensor;
  /** ‖D_i‖: see `DerivedTensors`. */
  readonly norms: Tensor;
  readonly totalVariance: Tensor;
  readonly silentSteps: Tensor;
  readonly importance: Tensor;
  /** The terms of the loss beside those of the prefixes: see `LOSS_TERMS`. */
  readonly terms: Tensor;
  /** The weight of the target-L0 penalty at this step: [1]. */
  readonly strength: Tensor;
  /** The weight of this step in the running threshold: [1]. */
  readonly thresholdRate: Tensor;
  /** The running threshold for inference, sum and weight, if it is followed: [2]. */
  readonly runningThreshold?: Tensor;
  /** What training thresholds needs, if they are trained. */
  readonly jump?: JumpTensors;
  /** What the last step left of its gradients, for a compatibility switch. */
  readonly carried?: CarriedTensors;
}

/** The tensors of thresholds that are trained: all [N]. */
export interface JumpTensors {
  /** θ or its logarithm. */
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  /** θ − h/2. */
  readonly windowStart: Tensor;
}

/** Gradients of the last step, and the factor by which it clipped them. */
export interface CarriedTensors {
  readonly gradients: ParameterTensors;
  readonly factor: Tensor;
}

/** Makes the tensors for these latents in a workspace. Without initial parameters, the parameters are zeros. */
export function trainerTensors(
  w: Workspace,
  options: ResolvedTrainer,
  { d, latents: { from, to } }: { readonly d: number; readonly latents: Range },
  initial?: SaeParameters,
): TrainerTensors {
  const N = to - from;
  const scale = options.initialInputScale;
  const threshold = options.loss.threshold?.subarray(from, to) ?? new Float32Array(N);
  const { inferenceThreshold, thresholdTraining, compatibility } = options.recipe;
  return {
    model: w.parameters(d, N, initial),
    gradients: w.parameters(d, N),
    firstMoments: w.parameters(d, N),
    secondMoments: w.parameters(d, N),
    threshold: w.filled(threshold, N),
    baseCoefficient: w.filled([options.loss.coefficient], 1),
    coefficient: w.f32(1),
    sparsityControls: w.f32(2),
    adamControls: w.f32(3),
    runningNorm: w.filled([scale === undefined ? 0 : Math.sqrt(d) / scale], 1),
    scale: w.filled([scale ?? 1], 1),
    correction: w.f32(1),
    norm: w.f32(1),
    norms: w.f32(N),
    totalVariance: w.f32(1),
    silentSteps: w.u32(N),
    importance: w.f32(N),
    terms: w.f32(4),
    strength: w.f32(1),
    thresholdRate: w.f32(1),
    ...inferenceThreshold && { runningThreshold: w.f32(2) },
    ...thresholdTraining && { jump: jumpTensors(w, threshold, thresholdTraining.logarithm) },
    ...compatibility.carriedGradients && {
      carried: { gradients: w.parameters(d, N), factor: w.f32(1) },
    },
  };
}

function jumpTensors(w: Workspace, threshold: Float32Array, logarithm: boolean): JumpTensors {
  const N = threshold.length;
  // In float64, so that the reference backend starts from the logarithm itself.
  const parameter = logarithm ? Float64Array.from(threshold, Math.log) : threshold;
  return {
    parameter: w.filled(parameter, N),
    gradient: w.f32(N),
    firstMoment: w.f32(N),
    secondMoment: w.f32(N),
    windowStart: w.f32(N),
  };
}
