/** Loads an autoencoder and encodes rows, so that the page stays responsive. */

import { createWasmBackend, SparseAutoencoder } from "@matryoshka/sae/wasm";
import { fetchWithProgress } from "./progress.js";

// As many threads as there are cores if the page is cross-origin isolated, else one.
const starting = createWasmBackend({ threads: "auto" });

/** The autoencoder, once it has been loaded. */
let sae;

async function load({ url, prefix }) {
  const backend = await starting;
  const report = (received, announced) => postMessage({ kind: "progress", received, announced });
  const onNotice = (notice) => console.warn(notice);
  const loaded = await SparseAutoencoder.load(backend, url, {
    prefix,
    fetch: fetchWithProgress(report),
    onNotice,
  });
  sae?.[Symbol.dispose]();
  sae = loaded;
  const { inputSize, latentCount } = sae;
  return { kind: "loaded", inputSize, latentCount, backend: backend.description };
}

async function encode({ row }) {
  const { indices, values } = await sae.encode(row);
  return { kind: "encoded", indices, values };
}

const TASKS = { load, encode };

addEventListener("message", async ({ data }) => {
  try {
    postMessage(await TASKS[data.kind](data));
  } catch (error) {
    postMessage({ kind: "failed", reason: String(error?.message ?? error) });
  }
});
