/**
 * Reads an autoencoder from wherever it is, for inference.
 *
 * @module
 */
import { checkInteger, checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { LOAD_SAE_KEYS, loadSae, type LoadSaeOptions } from "../io/formats/load.ts";
import { filesAt, type SaeLocation } from "../io/formats/location.ts";
import { HTTP_KEYS, type HttpOptions } from "../io/sources/http.ts";
import type { LoadedSae } from "../model/sae.ts";
import { FROM_SAE_KEYS, type FromSaeOptions } from "./options.ts";

/** Options of `SparseAutoencoder.load`. */
export type LoadOptions = LoadSaeOptions & HttpOptions & FromSaeOptions;

const LOAD_KEYS = [...LOAD_SAE_KEYS, ...HTTP_KEYS, ...FROM_SAE_KEYS];

/** Returns the autoencoder, and the options that remain for `fromSae`. */
export async function loadFrom(
  source: SaeLocation,
  options: LoadOptions,
  task: string,
): Promise<[sae: LoadedSae, options: FromSaeOptions]> {
  checkObject(options, "options", task);
  checkKeys(options, LOAD_KEYS, task);
  const { format, prefix, fetch, signal, onNotice, ...others } = options;
  if (prefix !== undefined) checkInteger(prefix, "prefix", task);
  const files = await filesAt(source, { fetch, signal, onNotice }, task);
  signal?.throwIfAborted();
  return [await loadSae(files, { format, prefix }), others];
}
