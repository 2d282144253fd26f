/**
 * Reads and writes the files of Gemma Scope: `params.npz`.
 *
 * @module
 */
import type { FloatDType } from "../arrays/floats.ts";
import { transpose } from "../arrays/transpose.ts";
import { withSubtraction } from "../../model/folding.ts";
import { encodeNpy } from "../arrays/npy_writing.ts";
import { BATCHTOPK_ADVICE, checkRepresentable } from "./representable.ts";
import type { LoadedSae, Sae } from "../../model/sae.ts";
import { SAELENS_LAYOUT, SAELENS_NAMES } from "./parameter_layout.ts";
import { checkNames, readShaped } from "../arrays/tensor_set.ts";
import { readParameters } from "./parameter_layout.ts";
import type { Weights } from "./weights.ts";
import { encodeZip } from "../zip/zip_writing.ts";

/** Reads an autoencoder of Gemma Scope: jumprelu, with an encoder that sees x. */
export async function readGemmaScope(weights: Weights, task: string): Promise<LoadedSae> {
  checkNames(weights, [...SAELENS_NAMES, "threshold"], task);
  const parameters = await readParameters(weights, SAELENS_LAYOUT, task);
  const threshold = await readShaped(weights, "threshold", [parameters.latentCount], task);
  return {
    parameters,
    activation: { kind: "jumprelu", threshold },
    subtractDecoderBias: false,
    inputNormalization: { kind: "none" },
    source: {
      format: "gemma_scope",
      kind: "jumprelu",
      dtype: weights.entries.get("W_enc")!.dtype,
      config: {},
    },
  };
}

/** Encodes the file of Gemma Scope. relu becomes jumprelu with thresholds of 0. */
export function encodeGemmaScope(
  sae: Sae,
  dtype: FloatDType,
  task: string,
): Record<string, Uint8Array> {
  const { parameters, activation } = withSubtraction(sae, false);
  if (activation.kind !== "jumprelu" && activation.kind !== "relu") {
    const advice = activation.kind === "batchtopk" ? BATCHTOPK_ADVICE : "";
    throw new TypeError(
      `Cannot ${task}: the activation must be "jumprelu" or "relu" for Gemma Scope but is "${activation.kind}"${advice}`,
    );
  }
  checkRepresentable({ parameters, activation }, dtype, task);
  const { inputSize: d, latentCount: N, encoder, encoderBias, decoder, decoderBias } = parameters;
  const threshold = activation.kind === "relu" ? new Float32Array(N) : activation.threshold;
  const file = encodeZip([
    ["W_enc.npy", encodeNpy(transpose(encoder, N, d), [d, N], dtype)],
    ["W_dec.npy", encodeNpy(decoder, [N, d], dtype)],
    ["b_enc.npy", encodeNpy(encoderBias, [N], dtype)],
    ["b_dec.npy", encodeNpy(decoderBias, [d], dtype)],
    ["threshold.npy", encodeNpy(threshold, [N], dtype)],
  ]);
  return { "params.npz": file };
}
