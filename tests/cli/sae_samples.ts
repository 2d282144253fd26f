/** Autoencoders for tests of the commands that take them. */
import { type Activation, initialParameters, Random, type Sae, saveSae } from "../../mod.ts";

/** The files of other libraries, by the names of their folders. */
export const INTEROP = new URL("../golden/interop/", import.meta.url).pathname;

/** An autoencoder of 24 latents on inputs of 20, those of the toy tree, with biases. */
export function someSae(activation: Activation, more: Partial<Sae> = {}): Sae {
  const random = Random.fromSeed(5);
  const normals = (length: number) => Float32Array.from({ length }, () => 0.1 * random.normal());
  const parameters = {
    ...initialParameters(20, 24, random),
    encoderBias: normals(24),
    decoderBias: normals(20),
  };
  return { parameters, activation, subtractDecoderBias: false, prefixes: [6, 12, 24], ...more };
}

/** A threshold for each latent. */
export const jumprelu: Activation = {
  kind: "jumprelu",
  threshold: Float32Array.from({ length: 24 }, (_, i) => 0.1 + i / 100),
};

/** Writes it in this package's own format, and gives its path. */
export async function writeSae(path: string, sae: Sae): Promise<string> {
  await Deno.writeFile(path, saveSae(sae, "native")["sae.safetensors"]);
  return path;
}
