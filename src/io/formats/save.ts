/**
 * Writes an autoencoder in the formats of other libraries.
 *
 * @module
 */
import { checkObject } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import type { FloatDType } from "../arrays/floats.ts";
import { encodeGemmaScope } from "./gemma_scope.ts";
import { encodeNative } from "./native_writing.ts";
import { checkSae, type Sae } from "../../model/sae.ts";
import { encodeSaeLens } from "./saelens_writing.ts";
import { encodeSparsify } from "./sparsify.ts";

/** The formats that are written. */
export type WritableSaeFormat = "native" | "saelens" | "sparsify" | "gemma_scope";

/** All of {@linkcode WritableSaeFormat}. */
export const WRITABLE_SAE_FORMATS: readonly WritableSaeFormat[] = [
  "native",
  "saelens",
  "sparsify",
  "gemma_scope",
];

/** Options of {@linkcode saveSae}. */
export interface SaveSaeOptions {
  /**
   * The format of the values, by default `"F32"`, which keeps every bit. "native" is always F32; Gemma Scope
   * has no BF16.
   */
  readonly dtype?: FloatDType;
  /**
   * Whether SAELens's jumprelu is written with decoder rows of length 1, as SAELens itself writes it
   * (default). The reconstruction is the same, activations are in other units; weights are rounded anew.
   */
  readonly foldDecoderNorms?: boolean;
  /**
   * What else SAELens's `cfg.json` is to say in its `metadata`, such as `hook_name`; JSON values. Other formats
   * have no place for it. What the autoencoder itself says cannot be replaced.
   */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const SAVE_SAE_KEYS = Object.keys(
  { dtype: true, foldDecoderNorms: true, metadata: true } satisfies Record<
    keyof SaveSaeOptions,
    true
  >,
);

/**
 * The files of an autoencoder in a format, by their names. What {@linkcode loadSae} makes of them has the same
 * weights, bit for bit, unless something had to be folded: decoder norms for SAELens's jumprelu, or c into
 * the encoder's bias where a format always, or never, subtracts it.
 *
 * @param sae The autoencoder, on raw inputs: fold their scale and mean first, with `foldInputScale` and
 * `foldInputMean`.
 * @throws {TypeError} where the format cannot say it: its activation, or what happens to its inputs.
 * @throws {RangeError} where lengths are wrong or a value is not finite.
 *
 * @example
 * ```ts
 * import { initialParameters, Random, saveSae } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const parameters = initialParameters(4, 12, Random.fromSeed(1));
 * const threshold = new Float32Array(12).fill(0.1);
 * const sae = {
 *   parameters,
 *   activation: { kind: "jumprelu", threshold },
 *   subtractDecoderBias: false,
 * } as const;
 * assertEquals(Object.keys(saveSae(sae, "saelens")), ["cfg.json", "sae_weights.safetensors"]);
 * assertEquals(Object.keys(saveSae(sae, "gemma_scope")), ["params.npz"]);
 * ```
 */
export function saveSae(
  sae: Sae,
  format: WritableSaeFormat,
  options: SaveSaeOptions = {},
): Record<string, Uint8Array> {
  const task = "save the autoencoder";
  checkSae(sae, task);
  checkObject(options, "options", task);
  checkKeys(options, SAVE_SAE_KEYS, task);
  const { dtype = "F32", foldDecoderNorms = true, metadata = {} } = options;
  checkObject(metadata, "metadata", task);
  const normalization = sae.inputNormalization?.kind ?? "none";
  if (normalization !== "none" && format !== "saelens" && format !== "native") {
    throw new TypeError(
      `Cannot ${task}: its inputs are normalised ("${normalization}"), which ${format} cannot say`,
    );
  }
  switch (format) {
    case "native":
      if (dtype === "F32") return encodeNative(sae);
      throw new TypeError(`Cannot ${task}: native files are F32 but dtype is ${dtype}`);
    case "saelens":
      return encodeSaeLens(sae, { dtype, foldDecoderNorms, metadata }, task);
    case "sparsify":
      return encodeSparsify(sae, dtype, task);
    case "gemma_scope":
      return encodeGemmaScope(sae, dtype, task);
  }
  throw new TypeError(
    `Cannot ${task}: format must be native, saelens, sparsify or gemma_scope but is ${format}`,
  );
}
