/**
 * The first p latents of an autoencoder, as an autoencoder of its own.
 *
 * @module
 */
import { checkInteger } from "../base/checks.ts";
import type { Activation } from "./activation.ts";
import type { SaeParameters } from "./parameters.ts";

/** Returns the prefix length p if it is from 1 to N; throws otherwise. */
export function checkPrefix(prefix: unknown, latentCount: number, task: string): number {
  const p = checkInteger(prefix, "prefix", task);
  if (p <= latentCount) return p;
  throw new RangeError(`Cannot ${task}: prefix ${p} exceeds latentCount ${latentCount}`);
}

/** Returns the parameters of the first p latents, copied so that the others can be freed. */
export function prefixOfParameters(parameters: SaeParameters, p: number): SaeParameters {
  const { inputSize: d, encoder, encoderBias, decoder, decoderBias } = parameters;
  return {
    inputSize: d,
    latentCount: p,
    encoder: encoder.slice(0, p * d),
    encoderBias: encoderBias.slice(0, p),
    decoder: decoder.slice(0, p * d),
    decoderBias,
  };
}

/** Returns the activation of the first p latents, of which no more than p can be kept. */
export function prefixOfActivation(activation: Activation, p: number): Activation {
  if ("k" in activation) return prefixOfSelection(activation, p);
  if (activation.kind !== "jumprelu") return activation;
  return { ...activation, threshold: activation.threshold.slice(0, p) };
}

/** Returns a selection among p latents, which keeps no more than p. */
export function prefixOfSelection<Some extends { readonly k: number }>(selection: Some, p: number) {
  return { ...selection, k: Math.min(selection.k, p) };
}

/** Returns the prefix lengths below p, and p. A mere number of drawn prefixes is returned as it is. */
export function prefixesWithin(
  prefixes: readonly number[] | number | undefined,
  p: number,
): readonly number[] | number | undefined {
  return Array.isArray(prefixes) ? [...prefixes.filter((length) => length < p), p] : prefixes;
}
