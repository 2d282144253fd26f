/**
 * Writes an autoencoder in the formats of this package and of other libraries.
 *
 * @module
 */
import { checkObject } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import type { FloatDType } from "../arrays/floats.ts";
import { encodeGemmaScope } from "./gemma_scope.ts";
import { encodeNative, NATIVE_DTYPES } from "./native_writing.ts";
import { checkSae, type Sae } from "../../model/sae.ts";
import { encodeSaeLens } from "./saelens_writing.ts";
import { encodeSparsify } from "./sparsify.ts";

/** The formats that can be written. */
export type WritableSaeFormat = "native" | "saelens" | "sparsify" | "gemma_scope";

/** All values of {@linkcode WritableSaeFormat}. */
export const WRITABLE_SAE_FORMATS: readonly WritableSaeFormat[] = [
  "native",
  "saelens",
  "sparsify",
  "gemma_scope",
];

/** Options of {@linkcode saveSae}. */
export interface SaveSaeOptions {
  /**
   * The format of the values, by default `"F32"`, which keeps every bit. In "native" files it is that of encoder and
   * decoder alone, never F64, and may be "int8" with a scale for each latent, which takes a quarter of F32's bytes:
   * see `SparseAutoencoder.errorBounds`. Gemma Scope has no BF16.
   */
  readonly dtype?: FloatDType | "int8";
  /**
   * Whether a jumprelu for SAELens is written with decoder rows of length 1, as SAELens itself does (default true).
   * The reconstruction is the same, but activations have other units, and weights are rounded again.
   */
  readonly foldDecoderNorms?: boolean;
  /**
   * More entries for the `metadata` of SAELens's `cfg.json`, such as `dataset_path`: JSON values. The other formats
   * have no place for them. They do not override the entries of the autoencoder itself, such as `hook_name`.
   */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const SAVE_SAE_KEYS = /* @__PURE__ */ Object.keys(
  { dtype: true, foldDecoderNorms: true, metadata: true } satisfies Record<
    keyof SaveSaeOptions,
    true
  >,
);

/**
 * Encodes an autoencoder in a format, and returns its files by name. `loadSae` gives the same weights back, bit for
 * bit, unless something had to be folded: decoder norms for SAELens's jumprelu, or c into the encoder's bias if the
 * format always, or never, subtracts it.
 *
 * @param sae The autoencoder for raw inputs: fold their scale and mean first, with `foldInputScale` and
 * `foldInputMean`.
 * @throws {TypeError} if the format cannot express the activation or the normalisation of inputs, or an option is
 * unknown or has the wrong type.
 * @throws {RangeError} if a length is wrong or a value is not finite.
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
      `Cannot ${task}: its inputs are normalised ("${normalization}"), which ${format} cannot express`,
    );
  }
  if (format === "native") {
    const known = NATIVE_DTYPES.find((name) => name === dtype);
    if (known) return encodeNative(sae, known, task);
    throw new TypeError(
      `Cannot ${task}: native files are F16, BF16, F32 or int8 but dtype is ${dtype}`,
    );
  }
  if (dtype === "int8") {
    throw new TypeError(`Cannot ${task}: only native files can be int8 but format is ${format}`);
  }
  switch (format) {
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
