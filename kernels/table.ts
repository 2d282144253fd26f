/**
 * The list of all kernels. Each backend's table must cover it: a missing kernel is a compile error.
 *
 * @module
 */
import { activationGradient } from "./activation_gradient.ts";
import { adam } from "./adam.ts";
import { adamDecoder } from "./adam_decoder.ts";
import { adamEncoder } from "./adam_encoder.ts";
import { addToEach } from "./add_to_each.ts";
import { batchTopk } from "./batch_topk.ts";
import { centre } from "./centre.ts";
import { centringGradient } from "./centring_gradient.ts";
import { codesByLatent } from "./codes_by_latent.ts";
import { decoderBiasGradient } from "./decoder_bias_gradient.ts";
import { decoderGradient } from "./decoder_gradient.ts";
import { encode } from "./encode.ts";
import { encodeScreened } from "./encode_screened.ts";
import { encodeSparse } from "./encode_sparse.ts";
import { encodeStored } from "./encode_stored.ts";
import { encoderGradient } from "./encoder_gradient.ts";
import { expandFloat16 } from "./expand_float16.ts";
import { gatherRows } from "./gather_rows.ts";
import { globalNorm } from "./global_norm.ts";
import { latentHistory } from "./latent_history.ts";
import { latentSums } from "./latent_sums.ts";
import { prefixResiduals } from "./prefix_residuals.ts";
import { prefixSums } from "./prefix_sums.ts";
import { quantizeLatents } from "./quantize_latents.ts";
import { quantizeRows } from "./quantize_rows.ts";
import { quantizeStored } from "./quantize_stored.ts";
import { reverseSums } from "./reverse_sums.ts";
import { rowNorms } from "./row_norms.ts";
import { scaleInput } from "./scale_input.ts";
import { sparseDecode } from "./sparse_decode.ts";
import { sparseDecodeStored } from "./sparse_decode_stored.ts";
import { sparseLatentGradients } from "./sparse_latent_gradients.ts";
import { sparseLatentSums } from "./sparse_latent_sums.ts";
import { sparseReverseSums } from "./sparse_reverse_sums.ts";
import { sparsityController } from "./sparsity_controller.ts";
import { stepMetrics } from "./step_metrics.ts";
import { topk } from "./topk.ts";
import { totalVariance } from "./total_variance.ts";

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
  readonly quantizeStored: typeof quantizeStored;
  readonly encodeScreened: typeof encodeScreened;
  readonly encodeStored: typeof encodeStored;
  readonly sparseDecodeStored: typeof sparseDecodeStored;
  readonly adamEncoder: typeof adamEncoder;
}

/** The id of a kernel of certified screening. */
export type ScreeningId = keyof ScreeningTable;

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
  quantizeStored,
  encodeScreened,
  encodeStored,
  sparseDecodeStored,
  adamEncoder,
};
