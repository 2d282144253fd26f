/**
 * The list of all kernels. Each backend's table must cover it: a missing kernel is a compile error.
 *
 * @module
 */
import { activationGradient } from "./activation_gradient.ts";
import { activeCodes } from "./active_codes.ts";
import { adam } from "./adam.ts";
import { adamDecoder } from "./adam_decoder.ts";
import { adamEncoder } from "./adam_encoder.ts";
import { addLatentGradients } from "./add_latent_gradients.ts";
import { addScaled } from "./add_scaled.ts";
import { addToEach } from "./add_to_each.ts";
import { auxiliaryGradient } from "./auxiliary_gradient.ts";
import { batchTopk } from "./batch_topk.ts";
import { centre } from "./centre.ts";
import { centringGradient } from "./centring_gradient.ts";
import { codesByLatent } from "./codes_by_latent.ts";
import { decoderBiasGradient } from "./decoder_bias_gradient.ts";
import { decoderGradient } from "./decoder_gradient.ts";
import { denseThresholdGradient } from "./dense_threshold_gradient.ts";
import { divideByVariance } from "./divide_by_variance.ts";
import { encode } from "./encode.ts";
import { encodeDead } from "./encode_dead.ts";
import { encodeScreened } from "./encode_screened.ts";
import { encodeSparse } from "./encode_sparse.ts";
import { encodeStored } from "./encode_stored.ts";
import { encoderGradient } from "./encoder_gradient.ts";
import { expandFloat16 } from "./expand_float16.ts";
import { extendNorm } from "./extend_norm.ts";
import { firedRows } from "./fired_rows.ts";
import { foldDecoderNorms } from "./fold_decoder_norms.ts";
import { gatherRows } from "./gather_rows.ts";
import { globalNorm } from "./global_norm.ts";
import { jump } from "./jump.ts";
import { jumpThresholds } from "./jump_thresholds.ts";
import { latentHistory } from "./latent_history.ts";
import { latentSums } from "./latent_sums.ts";
import { levelResidual } from "./level_residual.ts";
import { listDead } from "./list_dead.ts";
import { normalizeRows } from "./normalize_rows.ts";
import { preActivationLoss } from "./pre_activation_loss.ts";
import { prefixResiduals } from "./prefix_residuals.ts";
import { prefixSums } from "./prefix_sums.ts";
import { projectGradient } from "./project_gradient.ts";
import { quantizeLatents } from "./quantize_latents.ts";
import { quantizeRows } from "./quantize_rows.ts";
import { quantizeStored } from "./quantize_stored.ts";
import { reverseSums } from "./reverse_sums.ts";
import { rowNorms } from "./row_norms.ts";
import { runningThreshold } from "./running_threshold.ts";
import { scaleInput } from "./scale_input.ts";
import { smallestActivations } from "./smallest_activations.ts";
import { sparseDecode } from "./sparse_decode.ts";
import { sparseDecodeStored } from "./sparse_decode_stored.ts";
import { sparseFiredRows } from "./sparse_fired_rows.ts";
import { sparseLatentGradients } from "./sparse_latent_gradients.ts";
import { sparseLatentSums } from "./sparse_latent_sums.ts";
import { sparseReverseSums } from "./sparse_reverse_sums.ts";
import { sparseSmallestActivations } from "./sparse_smallest_activations.ts";
import { sparsityController } from "./sparsity_controller.ts";
import { stepMetrics } from "./step_metrics.ts";
import { targetL0Penalty } from "./target_l0_penalty.ts";
import { thresholdGradient } from "./threshold_gradient.ts";
import { topk } from "./topk.ts";
import { totalVariance } from "./total_variance.ts";
import { unfoldGradients } from "./unfold_gradients.ts";

/** Every kernel by its id. */
export interface KernelTable {
  // The batch.
  readonly expandFloat16: typeof expandFloat16;
  readonly scaleInput: typeof scaleInput;
  readonly centre: typeof centre;
  readonly totalVariance: typeof totalVariance;
  // The dense encode.
  readonly encode: typeof encode;
  readonly topk: typeof topk;
  readonly batchTopk: typeof batchTopk;
  // Sums over latents.
  readonly rowNorms: typeof rowNorms;
  readonly latentSums: typeof latentSums;
  readonly prefixSums: typeof prefixSums;
  readonly sparsityController: typeof sparsityController;
  // The dense residuals and gradients.
  readonly prefixResiduals: typeof prefixResiduals;
  readonly reverseSums: typeof reverseSums;
  readonly activationGradient: typeof activationGradient;
  readonly decoderGradient: typeof decoderGradient;
  readonly encoderGradient: typeof encoderGradient;
  // Gradients of both algorithms.
  readonly decoderBiasGradient: typeof decoderBiasGradient;
  readonly centringGradient: typeof centringGradient;
  // The sparse algorithm, and inference.
  readonly encodeSparse: typeof encodeSparse;
  readonly codesByLatent: typeof codesByLatent;
  readonly sparseLatentSums: typeof sparseLatentSums;
  readonly sparseReverseSums: typeof sparseReverseSums;
  readonly sparseLatentGradients: typeof sparseLatentGradients;
  readonly sparseDecode: typeof sparseDecode;
  // Between ranks.
  readonly addToEach: typeof addToEach;
  // The update and the metrics.
  readonly globalNorm: typeof globalNorm;
  readonly adam: typeof adam;
  readonly adamDecoder: typeof adamDecoder;
  readonly latentHistory: typeof latentHistory;
  readonly gatherRows: typeof gatherRows;
  readonly stepMetrics: typeof stepMetrics;
}

/** The id of a kernel. */
export type KernelId = keyof KernelTable;

/** The kernels of certified screening by id, which only some backends have: see `Backend.screening`. */
export interface ScreeningTable {
  readonly quantizeRows: typeof quantizeRows;
  readonly quantizeLatents: typeof quantizeLatents;
  readonly encodeScreened: typeof encodeScreened;
  readonly adamEncoder: typeof adamEncoder;
}

/** The id of a kernel of certified screening. */
export type ScreeningId = keyof ScreeningTable;

/** The kernels by id that take weights in the type of their file, which only some backends have: see `Backend.storedWeights`. */
export interface StoredTable {
  readonly quantizeStored: typeof quantizeStored;
  readonly encodeStored: typeof encodeStored;
  readonly sparseDecodeStored: typeof sparseDecodeStored;
}

/** The id of a kernel that takes stored weights. */
export type StoredId = keyof StoredTable;

/** Every kernel, in the order of the interface. */
export const kernels: KernelTable = {
  expandFloat16,
  scaleInput,
  centre,
  totalVariance,
  encode,
  topk,
  batchTopk,
  rowNorms,
  latentSums,
  prefixSums,
  sparsityController,
  prefixResiduals,
  reverseSums,
  activationGradient,
  decoderGradient,
  encoderGradient,
  decoderBiasGradient,
  centringGradient,
  encodeSparse,
  codesByLatent,
  sparseLatentSums,
  sparseReverseSums,
  sparseLatentGradients,
  sparseDecode,
  addToEach,
  globalNorm,
  adam,
  adamDecoder,
  latentHistory,
  gatherRows,
  stepMetrics,
};

/** Every kernel of certified screening, in the order of the interface. */
export const screeningKernels: ScreeningTable = {
  quantizeRows,
  quantizeLatents,
  encodeScreened,
  adamEncoder,
};

/** Every kernel that takes stored weights, in the order of the interface. */
export const storedKernels: StoredTable = {
  quantizeStored,
  encodeStored,
  sparseDecodeStored,
};

/** The kernels that only some training recipes need, by id. */
export interface RecipeTable {
  // Dead latents and the auxiliary loss.
  readonly listDead: typeof listDead;
  readonly encodeDead: typeof encodeDead;
  readonly levelResidual: typeof levelResidual;
  readonly auxiliaryGradient: typeof auxiliaryGradient;
  readonly addLatentGradients: typeof addLatentGradients;
  // The threshold for inference, and what counts as firing.
  readonly smallestActivations: typeof smallestActivations;
  readonly sparseSmallestActivations: typeof sparseSmallestActivations;
  readonly runningThreshold: typeof runningThreshold;
  readonly firedRows: typeof firedRows;
  readonly sparseFiredRows: typeof sparseFiredRows;
  // Constraints on the decoder, and gradients that meet.
  readonly projectGradient: typeof projectGradient;
  readonly normalizeRows: typeof normalizeRows;
  readonly addScaled: typeof addScaled;
  readonly extendNorm: typeof extendNorm;
  readonly divideByVariance: typeof divideByVariance;
  readonly foldDecoderNorms: typeof foldDecoderNorms;
  readonly unfoldGradients: typeof unfoldGradients;
  // Thresholds that are trained.
  readonly jumpThresholds: typeof jumpThresholds;
  readonly jump: typeof jump;
  readonly activeCodes: typeof activeCodes;
  readonly thresholdGradient: typeof thresholdGradient;
  readonly denseThresholdGradient: typeof denseThresholdGradient;
  readonly preActivationLoss: typeof preActivationLoss;
  readonly targetL0Penalty: typeof targetL0Penalty;
}

/** The id of a kernel that only some recipes need. */
export type RecipeId = keyof RecipeTable;

/** Every kernel that only some recipes need, in the order of the interface. */
export const recipeKernels: RecipeTable = {
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
