/**
 * The programme in a page: it sets `globalThis.report`. The query of the page's address names the backends to try.
 *
 * @module
 */
import * as library from "@matryoshka/sae";
import { createWasmBackend } from "@matryoshka/sae/wasm";
import { createWebGpuBackend } from "@matryoshka/sae/webgpu";
import { type Report, report } from "./report.ts";

const engine = /(?:Chrome|Firefox)\/[\d.]+/.exec(navigator.userAgent)?.[0] ?? "unknown";

const backends = {
  wasm: () => createWasmBackend(),
  "wasm, 2 threads": () => createWasmBackend({ threads: 2 }),
  webgpu: () => createWebGpuBackend(),
};
const asked = new URLSearchParams(location.search).getAll("backend");
const tried = Object.entries(backends).filter(([name]) => asked.includes(name));

(globalThis as unknown as { report: Promise<Report> }).report = report(
  engine,
  library,
  Object.fromEntries(tried),
  location.href,
);
