/**
 * The plan of every kernel.
 *
 * @module
 */
import type { KernelId, KernelTable } from "../../table.ts";
import { activationGradient } from "./activation_gradient.ts";
import { adam } from "./adam.ts";
import { adamDecoder } from "./adam_decoder.ts";
import { addToEach } from "./add_to_each.ts";
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
import type { Plan } from "../launch.ts";

/** A plan per kernel: a missing one is a compile error. */
export const plans: { readonly [Id in KernelId]: Plan<KernelTable[Id]> } = {
  activationGradient,
  adam,
  adamDecoder,
  batchTopk,
  centre,
  centringGradient,
  codesByLatent,
  decoderBiasGradient,
  decoderGradient,
  encode,
  encodeSparse,
  encoderGradient,
  expandFloat16,
  gatherRows,
  globalNorm,
  latentHistory,
  latentSums,
  prefixResiduals,
  prefixSums,
  reverseSums,
  rowNorms,
  scaleInput,
  sparseDecode,
  addToEach,
  sparseLatentGradients,
  sparseLatentSums,
  sparseReverseSums,
  sparsityController,
  stepMetrics,
  topk,
  totalVariance,
};
