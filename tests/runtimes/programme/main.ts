/**
 * The programme on Node, Bun and Deno: its argument is the server's address, its last line the report.
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

// Where the runtime has no WebGPU, npm's `webgpu` (Dawn) supplies it.
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
// Dawn's own threads would keep Node alive.
process.exit(0);
