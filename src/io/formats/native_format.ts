/**
 * This package's own files, as one of the formats.
 *
 * @module
 */
import { encodeNativeSae, readNativeSae } from "./native.ts";
import type { LoadedSae, Sae } from "../../model/sae.ts";
import type { Weights } from "./weights.ts";

/** Reads what `encodeNativeSae` has written: with a prefix, no more than its rows. */
export async function readNative(weights: Weights, prefix?: number): Promise<LoadedSae> {
  const { source, header } = weights;
  return {
    inputNormalization: { kind: "none" },
    ...await readNativeSae(source, { prefix, header }),
    source: {
      format: "native",
      kind: "matryoshka",
      dtype: weights.entries.get("encoder")?.dtype ?? "F32",
      config: { ...weights.metadata },
    },
  };
}

/** The file of this package; without known prefixes it has one, all latents. */
export function encodeNative(sae: Sae): Record<string, Uint8Array> {
  const { parameters, activation, subtractDecoderBias } = sae;
  return {
    "sae.safetensors": encodeNativeSae({
      parameters,
      activation,
      subtractDecoderBias,
      prefixes: sae.prefixes ?? [parameters.latentCount],
      inputScale: sae.inputScale ?? 1,
      createdBy: sae.createdBy ?? "unknown",
      inputNormalization: sae.inputNormalization,
      training: sae.training,
    }),
  };
}
