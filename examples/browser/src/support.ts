/** Finds out whether the page should offer WebGPU. */

import { findWebGpuAdapter } from "@matryoshka/sae";
import type { WebGpuSupport } from "./protocol.ts";

/** Requests an adapter, as the backend would. */
export async function webGpuSupport(): Promise<WebGpuSupport> {
  if (navigator.gpu === undefined) {
    return { kind: "none", note: "this browser has no WebGPU, or disables it for this address" };
  }
  try {
    const adapter = await findWebGpuAdapter();
    if (!adapter) return { kind: "none", note: "the browser found no graphics adapter" };
    const { description, software } = adapter;
    if (!software) return { kind: "hardware", note: description };
    return { kind: "software", note: `only a software adapter (${description}), slower than WASM` };
  } catch (error) {
    return { kind: "none", note: error instanceof Error ? error.message : String(error) };
  }
}
