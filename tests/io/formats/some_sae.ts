/** A small autoencoder with random weights, for tests of formats. */
import type { Activation } from "../../../src/model/activation.ts";
import { Random } from "../../../src/base/random.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import type { Sae } from "../../../src/model/sae.ts";

/** Latents and inputs of the autoencoder. */
export const N = 12;
export const d = 5;

const random = Random.fromSeed(3);

/** Returns the next standard normal numbers of one stream. */
export const normals = (length: number) => Float32Array.from({ length }, () => random.normal());

export const topk: Activation = { kind: "topk", k: 3 };
export const relu: Activation = { kind: "relu" };

/** Returns the autoencoder with biases of its own. */
export function someSae(activation: Activation, subtractDecoderBias: boolean): Sae {
  const parameters = {
    ...initialParameters(d, N, Random.fromSeed(1)),
    encoderBias: normals(N),
    decoderBias: normals(d),
  };
  return { parameters, activation, subtractDecoderBias };
}
