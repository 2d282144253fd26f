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
  return {
    model: w.parameters(d, N, initial),
    gradients: w.parameters(d, N),
    firstMoments: w.parameters(d, N),
    secondMoments: w.parameters(d, N),
    threshold: w.filled(options.loss.threshold?.subarray(from, to) ?? new Float32Array(N), N),
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
  };
}
