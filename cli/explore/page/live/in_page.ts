/** Encodes on WASM, in this worker. */
import {
  type Backend,
  loadSae,
  saeFingerprint,
  sourceFromBlob,
  SparseAutoencoder,
} from "@matryoshka/sae";
import { createWasmBackend } from "@matryoshka/sae/wasm";
import { checkSame, type RowEncoder } from "./encoders.ts";
import { type Expected, MOST_ROWS } from "./protocol.ts";

/** Rows between two looks at the messages: some ten milliseconds of work for most autoencoders. */
const BATCH_ROWS = 64;

let backend: Promise<Backend> | undefined;
let kept: { readonly key: string; readonly sae: SparseAutoencoder } | undefined;

/**
 * Loads the autoencoder of a file, or the encoder alone of an address. The last one is kept.
 *
 * @throws {RangeError | TypeError | Error} if it cannot be loaded, or is not the explorer's.
 */
export async function encoderInPage(
  from: File | string,
  expected: Expected,
  signal: AbortSignal,
): Promise<RowEncoder> {
  const key = typeof from === "string" ? from : [from.name, from.size, from.lastModified].join();
  // This tier gives the same bits on every machine.
  backend ??= createWasmBackend({ tier: "simd" });
  const { description } = await backend;
  if (kept?.key !== key) {
    kept?.sae[Symbol.dispose]();
    kept = undefined;
    const sae = typeof from === "string"
      ? await fetched(await backend, from, expected, signal)
      : await chosen(await backend, from, expected);
    kept = { key, sae };
  }
  const { sae } = kept;
  return {
    by: `in this page (WASM, ${description})`,
    // "batchtopk" selects among all rows that it is given.
    batchRows: sae.activation.kind === "batchtopk" ? MOST_ROWS : BATCH_ROWS,
    encode: (rows) => sae.encode(rows),
  };
}

async function fetched(
  backend: Backend,
  address: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<SparseAutoencoder> {
  const sae = await SparseAutoencoder.load(backend, address, { parts: "encoder", signal });
  try {
    const { inputSize, latentCount, activation: { kind: activation } } = sae;
    checkSame(address, { inputSize, latentCount, activation }, expected, false);
  } catch (error) {
    sae[Symbol.dispose]();
    throw error;
  }
  return sae;
}

async function chosen(
  backend: Backend,
  file: File,
  expected: Expected,
): Promise<SparseAutoencoder> {
  const sae = await loadSae({ [file.name]: sourceFromBlob(file) });
  const { parameters: { inputSize, latentCount }, activation: { kind: activation } } = sae;
  // Pages from a server without https have no digests.
  const fingerprint = crypto.subtle ? await saeFingerprint(sae) : undefined;
  checkSame(file.name, { inputSize, latentCount, activation, fingerprint }, expected, false);
  return SparseAutoencoder.fromSae(backend, sae);
}
