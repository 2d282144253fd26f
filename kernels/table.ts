/**
 * The list of all kernels. A backend's table must cover it: a missing one is a compile error.
 *
 * @module
 */
import { activationGradient } from "./activation_gradient.ts";
import { adam } from "./adam.ts";
import { batchTopk } from "./batch_topk.ts";
import { centre } from "./centre.ts";
import { centringGradient } from "./centring_gradient.ts";
import { codesByLatent } from "./codes_by_latent.ts";
import { decoderBiasGradient } from "./decoder_bias_gradient.ts";
import { decoderGradient } from "./decoder_gradient.ts";
import { encode } from "./encode.ts";
import { encodeSparse } from "./encode_sparse.ts";
import { encoderGradient } from "./encoder_gradient.ts";
import { expandFloat16 } from "./expand_float16.ts";
import { gatherRows } from "./gather_rows.ts";
import { globalNorm } from "./global_norm.ts";
import { latentHistory } from "./latent_history.ts";
import { latentSums } from "./latent_sums.ts";
import { prefixResiduals } from "./prefix_residuals.ts";
import { prefixSums } from "./prefix_sums.ts";
import { reverseSums } from "./reverse_sums.ts";
import { rowNorms } from "./row_norms.ts";
import { scaleInput } from "./scale_input.ts";
import { sparseDecode } from "./sparse_decode.ts";
import { sparseLatentGradients } from "./sparse_latent_gradients.ts";
import { sparseLatentSums } from "./sparse_latent_sums.ts";
import { sparseReverseSums } from "./sparse_reverse_sums.ts";
import { sparsityController } from "./sparsity_controller.ts";
import { stepMetrics } from "./step_metrics.ts";
import { topk } from "./topk.ts";
import { totalVariance } from "./total_variance.ts";

/** Every kernel by its id. */
export interface KernelTable {
  /** See `expandFloat16`. */
  readonly expandFloat16: typeof expandFloat16;
  /** See `scaleInput`. */
  readonly scaleInput: typeof scaleInput;
  /** See `centre`. */
  readonly centre: typeof centre;
  /** See `totalVariance`. */
  readonly totalVariance: typeof totalVariance;
  /** See `encode`. */
  readonly encode: typeof encode;
  /** See `topk`. */
  readonly topk: typeof topk;
  /** See `batchTopk`. */
  readonly batchTopk: typeof batchTopk;
  /** See `rowNorms`. */
  readonly rowNorms: typeof rowNorms;
  /** See `latentSums`. */
  readonly latentSums: typeof latentSums;
  /** See `prefixSums`. */
  readonly prefixSums: typeof prefixSums;
  /** See `sparsityController`. */
  readonly sparsityController: typeof sparsityController;
  /** See `prefixResiduals`. */
  readonly prefixResiduals: typeof prefixResiduals;
  /** See `reverseSums`. */
  readonly reverseSums: typeof reverseSums;
  /** See `activationGradient`. */
  readonly activationGradient: typeof activationGradient;
  /** See `decoderGradient`. */
  readonly decoderGradient: typeof decoderGradient;
  /** See `encoderGradient`. */
  readonly encoderGradient: typeof encoderGradient;
  /** See `decoderBiasGradient`. */
  readonly decoderBiasGradient: typeof decoderBiasGradient;
  /** See `centringGradient`. */
  readonly centringGradient: typeof centringGradient;
  /** See `encodeSparse`. */
  readonly encodeSparse: typeof encodeSparse;
  /** See `codesByLatent`. */
  readonly codesByLatent: typeof codesByLatent;
  /** See `sparseLatentSums`. */
  readonly sparseLatentSums: typeof sparseLatentSums;
  /** See `sparseReverseSums`. */
  readonly sparseReverseSums: typeof sparseReverseSums;
  /** See `sparseLatentGradients`. */
  readonly sparseLatentGradients: typeof sparseLatentGradients;
  /** See `sparseDecode`. */
  readonly sparseDecode: typeof sparseDecode;
  /** See `globalNorm`. */
  readonly globalNorm: typeof globalNorm;
  /** See `adam`. */
  readonly adam: typeof adam;
  /** See `latentHistory`. */
  readonly latentHistory: typeof latentHistory;
  /** See `gatherRows`. */
  readonly gatherRows: typeof gatherRows;
  /** See `stepMetrics`. */
  readonly stepMetrics: typeof stepMetrics;
}

/** The id of a kernel. */
export type KernelId = keyof KernelTable;

/** Every kernel, in the order of a training step. */
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
  globalNorm,
  adam,
  latentHistory,
  gatherRows,
  stepMetrics,
};
