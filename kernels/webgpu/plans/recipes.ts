/**
 * The plans of the kernels that only some training recipes need.
 *
 * @module
 */
import type { RecipeId, RecipeTable } from "../../table.ts";
import type { Plan } from "../launch.ts";
import { addLatentGradients } from "./add_latent_gradients.ts";
import { auxiliaryGradient } from "./auxiliary_gradient.ts";
import { encodeDead } from "./encode_dead.ts";
import { firedRows } from "./fired_rows.ts";
import { levelResidual } from "./level_residual.ts";
import { listDead } from "./list_dead.ts";
import { runningThreshold } from "./running_threshold.ts";
import { smallestActivations } from "./smallest_activations.ts";
import { sparseFiredRows } from "./sparse_fired_rows.ts";
import { sparseSmallestActivations } from "./sparse_smallest_activations.ts";
import { projectGradient } from "./project_gradient.ts";
import { normalizeRows } from "./normalize_rows.ts";
import { addScaled } from "./add_scaled.ts";
import { extendNorm } from "./extend_norm.ts";
import { divideByVariance } from "./divide_by_variance.ts";
import { foldDecoderNorms } from "./fold_decoder_norms.ts";
import { unfoldGradients } from "./unfold_gradients.ts";
import { jumpThresholds } from "./jump_thresholds.ts";
import { jump } from "./jump.ts";
import { activeCodes } from "./active_codes.ts";
import { thresholdGradient } from "./threshold_gradient.ts";
import { denseThresholdGradient } from "./dense_threshold_gradient.ts";
import { preActivationLoss } from "./pre_activation_loss.ts";
import { targetL0Penalty } from "./target_l0_penalty.ts";

/** A plan per kernel, in the order of `RecipeTable`: a missing one is a compile error. */
export const recipePlans: { readonly [Id in RecipeId]: Plan<RecipeTable[Id]> } = {
  listDead,
  encodeDead,
  levelResidual,
  auxiliaryGradient,
  addLatentGradients,
  smallestActivations,
  sparseSmallestActivations,
  runningThreshold,
  firedRows,
  sparseFiredRows,
  projectGradient,
  normalizeRows,
  addScaled,
  extendNorm,
  divideByVariance,
  foldDecoderNorms,
  unfoldGradients,
  jumpThresholds,
  jump,
  activeCodes,
  thresholdGradient,
  denseThresholdGradient,
  preActivationLoss,
  targetL0Penalty,
};
