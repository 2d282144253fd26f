/**
 * Reads an autoencoder of any format.
 *
 * @module
 */
import { checkObject } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import { checkPrefix } from "../../model/latent_prefix.ts";
import { CONTAINERS, detectFormat } from "./detect.ts";
import { readDictionaryLearning } from "./dictionary_learning.ts";
import { namedSources, type SaeFiles } from "./sae_files.ts";
import { readGemmaScope } from "./gemma_scope.ts";
import { readNative } from "./native_reading.ts";
import { readOpenAi } from "./openai.ts";
import {
  checkSae,
  type LoadedSae,
  prefixOfSae,
  SAE_FORMATS,
  type SaeFormat,
} from "../../model/sae.ts";
import { readSaeLens } from "./saelens_reading.ts";
import { readSparsify } from "./sparsify.ts";
import type { ByteSource } from "../sources/bytes.ts";
import { openWeights, type Weights } from "./weights.ts";

/** Options of {@linkcode loadSae}. */
export interface LoadSaeOptions {
  /** The format, by default detected from the content. */
  readonly format?: SaeFormat;
  /**
   * The number of latents to take, the first ones: from 1 to N, by default N. Of this package's own files only
   * these are read. The other formats are not latent-major, so their files are read whole.
   */
  readonly prefix?: number;
}

/** The names of {@linkcode LoadSaeOptions}. */
export const LOAD_SAE_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  { format: true, prefix: true } satisfies Record<keyof LoadSaeOptions, true>,
);

/**
 * Reads an autoencoder: this package's own, or one of SAELens, dictionary_learning, sparsify, Gemma Scope or
 * OpenAI. The files may come from untrusted sources: nothing in them is executed, and their size bounds memory.
 *
 * @param files The bytes of a file, or the files of a folder by name. `cfg.json` or `config.json` must be among them
 * if the library writes one. Other files are ignored.
 * @param options The format, if it should not be detected, and the number of latents to take.
 * @throws {RangeError} if the prefix is not from 1 to N, a file is cut off, a tensor is missing or has an impossible
 * shape, or a weight is NaN or infinite.
 * @throws {TypeError} if the format, a class or an option is unknown, or a pickle names more than a file of tensors
 * needs.
 *
 * @example
 * ```ts
 * import { initialParameters, loadSae, Random, saveSae } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const files = saveSae({
 *   parameters: initialParameters(4, 12, Random.fromSeed(1)),
 *   activation: { kind: "topk", k: 3 },
 *   subtractDecoderBias: true,
 * }, "saelens");
 * const sae = await loadSae(files);
 * assertEquals(sae.source.format, "saelens");
 * assertEquals(sae.activation, { kind: "topk", k: 3 });
 * ```
 */
export async function loadSae(files: SaeFiles, options: LoadSaeOptions = {}): Promise<LoadedSae> {
  checkObject(options, "options", "read the autoencoder");
  checkKeys(options, LOAD_SAE_KEYS, "read the autoencoder");
  return await readOpened(await openSae(files, options.format), options.prefix);
}

/** The files of an autoencoder, of which the header has been read. */
export interface OpenedSae {
  readonly format: SaeFormat;
  readonly weights: Weights;
  readonly files: ReadonlyMap<string, ByteSource>;
}

/** Finds the weights among the files, and the format. */
export async function openSae(
  files: SaeFiles,
  asked: SaeFormat | undefined,
): Promise<OpenedSae> {
  const named = namedSources(files, "read the autoencoder");
  if (asked !== undefined && !SAE_FORMATS.includes(asked)) {
    throw new TypeError(
      `Cannot read the autoencoder: format must be one of ${SAE_FORMATS.join(", ")} but is ` +
        String(asked).slice(0, 80),
    );
  }
  const weights = await openWeights(named, "read the autoencoder");
  const task = `read the autoencoder of ${weights.name}`;
  const format = asked ?? detectFormat(weights, task);
  if (weights.container !== CONTAINERS[format]) {
    throw new TypeError(
      `Cannot ${task}: files of ${format} are ${CONTAINERS[format]} but it is ${weights.container}`,
    );
  }
  return { format, weights, files: named };
}

/** Reads all, or the first latents, of an autoencoder that was opened. */
export async function readOpened(
  { format, weights, files }: OpenedSae,
  prefix: number | undefined,
): Promise<LoadedSae> {
  const task = `read the autoencoder of ${weights.name}`;
  const readers: Record<SaeFormat, () => Promise<LoadedSae>> = {
    native: () => readNative(weights, prefix),
    saelens: () => readSaeLens(files, weights, task),
    dictionary_learning: () => readDictionaryLearning(files, weights, task),
    sparsify: () => readSparsify(files, weights, task),
    gemma_scope: () => readGemmaScope(weights, task),
    openai: () => readOpenAi(weights, task),
  };
  const sae = await readers[format]();
  checkSae(sae, task);
  if (prefix === undefined || format === "native") return sae;
  return prefixOfSae(sae, checkPrefix(prefix, sae.parameters.latentCount, task));
}
