// The exports of every tier: phases, which begin with from, to and scratch, and questions about sizes. wasm/build.ts reads their
// parameters from this file and those it names.
export { productScratchBytes } from "./product";
export { encodeActive } from "./encode_active";
export { encodeActiveScratchBytes } from "./encode_state";
export { integerProductSpeed } from "./screen";
export { quantizeLatents, quantizeRows } from "./quantize";
export { quantizeStored, quantizeStoredScratchBytes } from "./quantize_stored";
export { encodeCandidateCapacity, encodeChunk, encodeListCapacity, encodeTableBytes } from "./encode_parts";
export {
  encodeSparseKeepBatch,
  encodeSparseOffsets,
  encodeSparseStitch,
  encodeSparseTopkOffsets,
  encodeSparseTopkSelect,
  encodeSparseTopkSelectScratchBytes,
} from "./encode_sparse";
export { topk, topkScratchBytes } from "./topk";
export { batchTopkApply, batchTopkCut, batchTopkList, batchTopkListBytes, batchTopkListScratchBytes } from "./batch_topk";
export { codesByLatentCopy, codesByLatentCount, codesByLatentOffsets } from "./codes_by_latent";
export { sparseLatentSums } from "./sparse_latent_sums";
export { sparseReverseSums, sparseReverseSumsErrors, sparseReverseSumsScratchBytes } from "./sparse_reverse_sums";
export { sparseLatentGradients, sparseLatentGradientsScratchBytes } from "./sparse_latent_gradients";
export { rankLatents } from "./decode_blocks";
export {
  sparseDecode,
  sparseDecodeBlocks,
  sparseDecodeBlocksScratchBytes,
  sparseDecodeScratchBytes,
  sparseDecodeStoredScratchBytes,
} from "./sparse_decode";
export { sparseDecodeStored } from "./sparse_decode_stored";
export { globalNormChunk, globalNormPartials, globalNormTotal } from "./global_norm";
export { adam } from "./adam";
export { adamDecoder } from "./adam_decoder";
export { adamEncoder } from "./adam_encoder";
export { addToEach } from "./add_to_each";
export { encode } from "./encode";
export { latentSums, latentSumsScratchBytes } from "./latent_sums";
export { prefixErrors, prefixResiduals } from "./prefix_residuals";
export { reverseSums } from "./reverse_sums";
export { activationGradient } from "./activation_gradient";
export { decoderGradient, decoderGradientScratchBytes } from "./decoder_gradient";
export { encoderGradient, encoderGradientScratchBytes } from "./encoder_gradient";
export { expandFloat16 } from "./expand_float16";
export { inputScale, scaleInput } from "./scale_input";
export { centre } from "./centre";
export { columnVariances, totalVariance, varianceScratchBytes } from "./total_variance";
export { rowNorms } from "./row_norms";
export { prefixSums } from "./prefix_sums";
export { sparsityController } from "./sparsity_controller";
export { columnSumsScratchBytes, decoderBiasGradient } from "./decoder_bias_gradient";
export { centringGradient } from "./centring_gradient";
export { latentHistory } from "./latent_history";
export { gatherRows } from "./gather_rows";
export { stepMetrics } from "./step_metrics";
export { projectGradient } from "./project_gradient";
export { normalizeRows } from "./normalize_rows";
export { addMultiple } from "./add_scaled";
export { extendNorm } from "./extend_norm";
export { divideByVariance } from "./divide_by_variance";
export { foldDecoderNorms } from "./fold_decoder_norms";
export { unfoldGradients } from "./unfold_gradients";
export { jumpThresholds } from "./jump_thresholds";
export { jump } from "./jump";
export { activeCodesCopy, activeCodesCount, activeCodesOffsets } from "./active_codes";
export { thresholdGradient, thresholdGradientScratchBytes } from "./threshold_gradient";
export { denseThresholdGradient, denseThresholdGradientScratchBytes } from "./dense_threshold_gradient";
export {
  preActivationLoss,
  preActivationLossParts,
  preActivationLossScratchBytes,
  preActivationLossTerm,
} from "./pre_activation_loss";
export { targetL0Penalty } from "./target_l0_penalty";
export { listDead } from "./list_dead";
export { encodeDead, encodeDeadPack, encodeDeadScratchBytes } from "./encode_dead";
export { levelResidual } from "./level_residual";
export { auxiliaryGradient, auxiliaryTerm } from "./auxiliary_gradient";
export { addLatentGradients, addLatentGradientsScratchBytes } from "./add_latent_gradients";
export { smallestActivations, sparseSmallestActivations } from "./smallest_activations";
export { runningThreshold } from "./running_threshold";
export { firedRows, sparseFiredRows } from "./fired_rows";

/** Returns the first byte that is free. */
export function heapBase(): usize {
  return __heap_base;
}
