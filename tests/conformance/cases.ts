/**
 * The cases of all kernels. A kernel without cases is a compile error.
 *
 * @module
 */
import type {
  KernelId,
  KernelTable,
  RecipeId,
  RecipeTable,
  ScreeningId,
  ScreeningTable,
  StoredId,
  StoredTable,
} from "../../kernels/table.ts";
import { activationGradientCases } from "./cases/activation_gradient.ts";
import { activeCodesCases } from "./cases/active_codes.ts";
import { adamCases } from "./cases/adam.ts";
import { adamDecoderCases } from "./cases/adam_decoder.ts";
import { adamEncoderCases } from "./cases/adam_encoder.ts";
import { addLatentGradientsCases } from "./cases/add_latent_gradients.ts";
import { addScaledCases } from "./cases/add_scaled.ts";
import { addToEachCases } from "./cases/add_to_each.ts";
import { auxiliaryGradientCases } from "./cases/auxiliary_gradient.ts";
import { batchTopkCases } from "./cases/batch_topk.ts";
import { centreCases } from "./cases/centre.ts";
import { centringGradientCases } from "./cases/centring_gradient.ts";
import { codesByLatentCases } from "./cases/codes_by_latent.ts";
import { decoderBiasGradientCases } from "./cases/decoder_bias_gradient.ts";
import { decoderGradientCases } from "./cases/decoder_gradient.ts";
import { denseThresholdGradientCases } from "./cases/dense_threshold_gradient.ts";
import { divideByVarianceCases } from "./cases/divide_by_variance.ts";
import { encodeCases } from "./cases/encode.ts";
import { encodeDeadCases } from "./cases/encode_dead.ts";
import { encodeScreenedCases } from "./cases/encode_screened.ts";
import { encodeSparseCases } from "./cases/encode_sparse.ts";
import { encodeStoredCases } from "./cases/encode_stored.ts";
import { encoderGradientCases } from "./cases/encoder_gradient.ts";
import { expandFloat16Cases } from "./cases/expand_float16.ts";
import { extendNormCases } from "./cases/extend_norm.ts";
import { firedRowsCases } from "./cases/fired_rows.ts";
import { foldDecoderNormsCases } from "./cases/fold_decoder_norms.ts";
import { gatherRowsCases } from "./cases/gather_rows.ts";
import { globalNormCases } from "./cases/global_norm.ts";
import { jumpCases } from "./cases/jump.ts";
import { jumpThresholdsCases } from "./cases/jump_thresholds.ts";
import { latentHistoryCases } from "./cases/latent_history.ts";
import { latentSumsCases } from "./cases/latent_sums.ts";
import { levelResidualCases } from "./cases/level_residual.ts";
import { listDeadCases } from "./cases/list_dead.ts";
import { normalizeRowsCases } from "./cases/normalize_rows.ts";
import { preActivationLossCases } from "./cases/pre_activation_loss.ts";
import { prefixResidualsCases } from "./cases/prefix_residuals.ts";
import { prefixSumsCases } from "./cases/prefix_sums.ts";
import { projectGradientCases } from "./cases/project_gradient.ts";
import { quantizeLatentsCases } from "./cases/quantize_latents.ts";
import { quantizeRowsCases } from "./cases/quantize_rows.ts";
import { quantizeStoredCases } from "./cases/quantize_stored.ts";
import { reverseSumsCases } from "./cases/reverse_sums.ts";
import { rowNormsCases } from "./cases/row_norms.ts";
import { runningThresholdCases } from "./cases/running_threshold.ts";
import { scaleInputCases } from "./cases/scale_input.ts";
import { smallestActivationsCases } from "./cases/smallest_activations.ts";
import { sparseDecodeCases } from "./cases/sparse_decode.ts";
import { sparseDecodeStoredCases } from "./cases/sparse_decode_stored.ts";
import { sparseFiredRowsCases } from "./cases/sparse_fired_rows.ts";
import { sparseLatentGradientsCases } from "./cases/sparse_latent_gradients.ts";
import { sparseLatentSumsCases } from "./cases/sparse_latent_sums.ts";
import { sparseReverseSumsCases } from "./cases/sparse_reverse_sums.ts";
import { sparseSmallestActivationsCases } from "./cases/sparse_smallest_activations.ts";
import { sparsityControllerCases } from "./cases/sparsity_controller.ts";
import { stepMetricsCases } from "./cases/step_metrics.ts";
import { targetL0PenaltyCases } from "./cases/target_l0_penalty.ts";
import { thresholdGradientCases } from "./cases/threshold_gradient.ts";
import { topkCases } from "./cases/topk.ts";
import { totalVarianceCases } from "./cases/total_variance.ts";
import { unfoldGradientsCases } from "./cases/unfold_gradients.ts";
import type { KernelCases } from "./launch.ts";

/** The cases of every kernel, in the order of a training step. */
export const cases = {
  expandFloat16: expandFloat16Cases,
  scaleInput: scaleInputCases,
  centre: centreCases,
  totalVariance: totalVarianceCases,
  encode: encodeCases,
  topk: topkCases,
  batchTopk: batchTopkCases,
  rowNorms: rowNormsCases,
  latentSums: latentSumsCases,
  prefixSums: prefixSumsCases,
  sparsityController: sparsityControllerCases,
  prefixResiduals: prefixResidualsCases,
  reverseSums: reverseSumsCases,
  activationGradient: activationGradientCases,
  decoderGradient: decoderGradientCases,
  encoderGradient: encoderGradientCases,
  decoderBiasGradient: decoderBiasGradientCases,
  centringGradient: centringGradientCases,
  encodeSparse: encodeSparseCases,
  codesByLatent: codesByLatentCases,
  sparseLatentSums: sparseLatentSumsCases,
  sparseReverseSums: sparseReverseSumsCases,
  sparseLatentGradients: sparseLatentGradientsCases,
  sparseDecode: sparseDecodeCases,
  addToEach: addToEachCases,
  globalNorm: globalNormCases,
  adam: adamCases,
  adamDecoder: adamDecoderCases,
  latentHistory: latentHistoryCases,
  gatherRows: gatherRowsCases,
  stepMetrics: stepMetricsCases,
} satisfies { readonly [Id in KernelId]: KernelCases<KernelTable[Id]> };

/** The cases of every kernel of certified screening. */
export const screeningCases = {
  quantizeRows: quantizeRowsCases,
  quantizeLatents: quantizeLatentsCases,
  encodeScreened: encodeScreenedCases,
  adamEncoder: adamEncoderCases,
} satisfies { readonly [Id in ScreeningId]: KernelCases<ScreeningTable[Id]> };

/** The cases of every kernel that takes weights in the type of their file. */
export const storedCases = {
  quantizeStored: quantizeStoredCases,
  encodeStored: encodeStoredCases,
  sparseDecodeStored: sparseDecodeStoredCases,
} satisfies { readonly [Id in StoredId]: KernelCases<StoredTable[Id]> };

/** The cases of every kernel that only some training recipes need. */
export const recipeCases = {
  listDead: listDeadCases,
  encodeDead: encodeDeadCases,
  levelResidual: levelResidualCases,
  auxiliaryGradient: auxiliaryGradientCases,
  addLatentGradients: addLatentGradientsCases,
  smallestActivations: smallestActivationsCases,
  sparseSmallestActivations: sparseSmallestActivationsCases,
  runningThreshold: runningThresholdCases,
  firedRows: firedRowsCases,
  sparseFiredRows: sparseFiredRowsCases,
  projectGradient: projectGradientCases,
  normalizeRows: normalizeRowsCases,
  addScaled: addScaledCases,
  extendNorm: extendNormCases,
  divideByVariance: divideByVarianceCases,
  foldDecoderNorms: foldDecoderNormsCases,
  unfoldGradients: unfoldGradientsCases,
  jumpThresholds: jumpThresholdsCases,
  jump: jumpCases,
  activeCodes: activeCodesCases,
  thresholdGradient: thresholdGradientCases,
  denseThresholdGradient: denseThresholdGradientCases,
  preActivationLoss: preActivationLossCases,
  targetL0Penalty: targetL0PenaltyCases,
} satisfies { readonly [Id in RecipeId]: KernelCases<RecipeTable[Id]> };
