/**
 * The programme on workerd, with static WebAssembly modules, so that the backend is made during a request.
 *
 * @module
 */
import * as library from "@matryoshka/sae/wasm";
import { wasmModules } from "@matryoshka/sae/wasm-modules";
import { report } from "./report.ts";

/** Answers with the report. The query parameter `server` is the address of the server. */
const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request) {
    const address = new URL(request.url).searchParams.get("server")!;
    const backends = {
      wasm: () => library.createWasmBackend({ modules: wasmModules }),
      "wasm, 2 threads": () => library.createWasmBackend({ threads: 2 }),
    };
    return Response.json(await report("workerd", library, backends, address));
  },
};

export default worker;
