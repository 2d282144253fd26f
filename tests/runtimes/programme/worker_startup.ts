/**
 * The programme on workerd, which compiles bytes at start-up only, and synchronously.
 *
 * @module
 */
import * as library from "@matryoshka/sae/wasm";
import { report } from "./report.ts";

const backend = await library.createWasmBackend();

/** Answers with the report; the address of the server is a parameter. */
const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request) {
    const address = new URL(request.url).searchParams.get("server")!;
    const wasm = () => Promise.resolve(backend);
    return Response.json(await report("workerd", library, { wasm }, address));
  },
};

export default worker;
