// The entry point on Cloudflare Workers, which compile WebAssembly only when a Worker is deployed. It is JavaScript
// because Deno's type checker treats `.wasm` imports differently from Wrangler.
import { createWasmBackend } from "@matryoshka/sae/wasm";
import relaxed from "@matryoshka/sae/wasm/relaxed.wasm";
import { createFetch } from "./serve.ts";

export default { fetch: createFetch(() => createWasmBackend({ modules: { relaxed } })) };
