/**
 * The programme on workerd, with WebAssembly compiled from bytes, which workerd permits only at start-up.
 *
 * @module
 */
import * as library from "@matryoshka/sae/wasm";
import { report } from "./report.ts";

const backend = await library.createWasmBackend();

/** Answers with the report. The query parameter `server` is the address of the server. */
const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request) {
    const address = new URL(request.url).searchParams.get("server")!;
    const wasm = () => Promise.resolve(backend);
    return Response.json(await report("workerd", library, { wasm }, address));
  },
};

export default worker;
