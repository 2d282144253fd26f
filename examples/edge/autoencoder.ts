import { type Backend, SparseAutoencoder } from "@matryoshka/sae/wasm";
import type { Served } from "./service.ts";
import type { Settings } from "./settings.ts";

/** Loads the encoder of the first `prefix` latents, by range requests if the server supports them. */
export async function loadAutoencoder(
  backend: Backend,
  { url, prefix, inputScale, screening }: Settings,
  signal: AbortSignal,
): Promise<Served> {
  const options = { prefix, parts: "encoder", inputScale, screening, signal } as const;
  const autoencoder = await SparseAutoencoder.load(backend, url, options);
  const { inputSize, latentCount, activation, prefixes, inputNormalization } = autoencoder;
  return {
    inputSize,
    latentCount,
    activation,
    normalises: inputNormalization.kind !== "none",
    encode: (rows) => autoencoder.encode(rows),
    facts: { prefixes, inputNormalization, backend: `${backend.name} (${backend.description})` },
  };
}
