/**
 * The programme on Node, Bun and Deno. The argument is the address of the server; the last line it prints is the report.
 *
 * @module
 */
import process from "node:process";
import * as library from "@matryoshka/sae";
import { createWasmBackend } from "@matryoshka/sae/wasm";
import { createWebGpuBackend } from "@matryoshka/sae/webgpu";
import { report } from "./report.ts";

const { bun, deno, node } = process.versions as Record<string, string | undefined>;
const engine = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;

// If the runtime has no WebGPU, npm's package `webgpu` (Dawn) supplies it.
if (globalThis.navigator?.gpu === undefined && process.argv[3]) {
  const { create, globals } = await import(process.argv[3]);
  Object.assign(globalThis, globals);
  const navigator = { ...globalThis.navigator, gpu: create([]) };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

const found = await report(engine, library, {
  wasm: () => createWasmBackend(),
  "wasm, 2 threads": () => library.createBackend("wasm", { threads: 2 }),
  webgpu: () => createWebGpuBackend(),
}, process.argv[2]);
console.log(JSON.stringify(found));
// Without this, the threads of Dawn would keep Node alive.
process.exit(0);
