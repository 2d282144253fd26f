/**
 * The programme on workerd with modules that it compiled beforehand: the backend is made in a request.
 *
 * @module
 */
import * as library from "@matryoshka/sae/wasm";
import { wasmModules } from "@matryoshka/sae/wasm-modules";
import { report } from "./report.ts";

/** Answers with the report; the address of the server is a parameter. */
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
