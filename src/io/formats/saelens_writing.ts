/**
 * Writes files for SAELens.
 *
 * @module
 */
import type { FloatDType } from "../arrays/floats.ts";
import { encodeSafetensors, type TensorData } from "../arrays/safetensors.ts";
import { foldDecoderNorms } from "../../model/folding.ts";
import { transpose } from "../arrays/transpose.ts";
import { BATCHTOPK_ADVICE, checkRepresentable } from "./representable.ts";
import type { InputNormalization, Sae } from "../../model/sae.ts";

/**
 * The version whose loader these files were checked against: `SAEConfig`, `TopKSAEConfig` and
 * `sae_lens_disk_loader` in decoderesearch/SAELens. From version 6.0.0 on the loader takes cfg.json without a conversion.
 */
export const SAELENS_VERSION = "6.18.0";

const DTYPES: Readonly<Record<FloatDType, string>> = {
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
};
const NORMALIZATIONS: Readonly<Record<InputNormalization["kind"], string>> = {
  none: "none",
  layerNorm: "layer_norm",
  rowNorm: "constant_norm_rescale",
  meanNorm: "expected_average_only_in",
};

/** Options of {@linkcode encodeSaeLens}: see `SaveSaeOptions`. */
export interface SaeLensOptions {
  readonly dtype: FloatDType;
  readonly foldDecoderNorms: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Encodes `cfg.json` and `sae_weights.safetensors`. relu becomes "standard". jumprelu is written with its decoder
 * norms folded, as SAELens does, unless `foldDecoderNorms` is false.
 */
export function encodeSaeLens(
  sae: Sae,
  { dtype, foldDecoderNorms: fold, metadata: further }: SaeLensOptions,
  task: string,
): Record<string, Uint8Array> {
  const { kind } = sae.activation;
  if (kind === "identity" || kind === "batchtopk") {
    const advice = kind === "batchtopk" ? BATCHTOPK_ADVICE : "";
    throw new TypeError(
      `Cannot ${task}: the activation must be "relu", "topk" or "jumprelu" for SAELens but is "${kind}"${advice}`,
    );
  }
  const { parameters, activation } = kind === "jumprelu" && fold
    ? foldDecoderNorms(sae.parameters, sae.activation)
    : sae;
  checkRepresentable({ parameters, activation }, dtype, task);
  const { inputSize: d, latentCount: N, encoder, encoderBias, decoder, decoderBias } = parameters;
  const tensors: Record<string, TensorData> = {
    W_enc: { shape: [d, N], data: transpose(encoder, N, d), dtype },
    b_enc: { shape: [N], data: encoderBias, dtype },
    W_dec: { shape: [N, d], data: decoder, dtype },
    b_dec: { shape: [d], data: decoderBias, dtype },
  };
  if (activation.kind === "jumprelu") {
    tensors.threshold = { shape: [N], data: activation.threshold, dtype };
  }
  const config = {
    ...(activation.kind === "topk" ? { k: activation.k, rescale_acts_by_decoder_norm: false } : {}),
    d_in: d,
    d_sae: N,
    dtype: DTYPES[dtype],
    device: "cpu",
    apply_b_dec_to_input: sae.subtractDecoderBias,
    normalize_activations: NORMALIZATIONS[sae.inputNormalization?.kind ?? "none"],
    reshape_activations: "none",
    metadata: { ...further, ...metadata(sae) },
    architecture: kind === "relu" ? "standard" : kind,
  };
  return {
    "cfg.json": new TextEncoder().encode(JSON.stringify(config)),
    "sae_weights.safetensors": encodeSafetensors(tensors),
  };
}

/** Returns the metadata. SAELens accepts any keys and keeps them. */
function metadata(sae: Sae): Record<string, unknown> {
  const { prefixes, createdBy, modelName, hookName } = sae;
  return {
    sae_lens_version: SAELENS_VERSION,
    sae_lens_training_version: null,
    ...(Array.isArray(prefixes) ? { matryoshka_widths: prefixes } : {}),
    ...(createdBy === undefined ? {} : { created_by: createdBy }),
    ...(modelName ? { model_name: modelName } : {}),
    ...(hookName ? { hook_name: hookName } : {}),
  };
}
