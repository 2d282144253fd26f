/**
 * Identifies an autoencoder, whatever the format of its file.
 *
 * @module
 */
import { PARAMETER_NAMES } from "./parameters.ts";
import type { Sae } from "./sae.ts";

/**
 * Returns a short name for an autoencoder's exact weights and the way to run them: 16 hexadecimal digits of SHA-256.
 * It is the same in every format that keeps the weights bit for bit. Prefix lengths and notes on training are ignored.
 *
 * @example
 * ```ts
 * import { initialParameters, loadSae, Random, saeFingerprint, saveSae } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const sae = {
 *   parameters: initialParameters(4, 12, Random.fromSeed(1)),
 *   activation: { kind: "topk", k: 3 },
 *   subtractDecoderBias: true,
 * } as const;
 * const elsewhere = await loadSae(saveSae(sae, "sparsify"));
 * assertEquals(await saeFingerprint(elsewhere), await saeFingerprint(sae));
 * ```
 */
export async function saeFingerprint(sae: Sae): Promise<string> {
  const { parameters, activation, subtractDecoderBias } = sae;
  const { inputSize, latentCount } = parameters;
  const normalization = sae.inputNormalization ?? { kind: "none" };
  const arrays = PARAMETER_NAMES.map((name) => parameters[name]);
  const description: unknown[] = [inputSize, latentCount, subtractDecoderBias, activation.kind];
  description.push("k" in activation ? activation.k : null, normalization);
  if ("threshold" in activation) arrays.push(activation.threshold);
  // A digest of digests, so that large arrays need not be copied into one.
  const parts = [digest(new TextEncoder().encode(JSON.stringify(description)))];
  for (const { buffer, byteOffset, byteLength } of arrays) {
    parts.push(digest(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)));
  }
  const digests = await Promise.all(parts);
  const whole = new Uint8Array(await digest(new Uint8Array(digests.flatMap((d) => [...d]))));
  return Array.from(whole.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
