/** Whether WebGPU is worth offering here. */

import type { WebGpuSupport } from "./protocol.ts";

/** Asks for an adapter, as the backend would. */
export async function webGpuSupport(): Promise<WebGpuSupport> {
  if (navigator.gpu === undefined) {
    return { kind: "none", note: "this browser has no WebGPU, or not for this address" };
  }
  try {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return { kind: "none", note: "the browser found no graphics adapter" };
    const { description, device, architecture, vendor, isFallbackAdapter } = adapter.info;
    const name = description || device || architecture || vendor || "unnamed adapter";
    if (isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|basic render/i.test(name)) {
      return { kind: "software", note: `only a software adapter (${name}), slower than WASM` };
    }
    return { kind: "hardware", note: name };
  } catch (error) {
    return { kind: "none", note: error instanceof Error ? error.message : String(error) };
  }
}
