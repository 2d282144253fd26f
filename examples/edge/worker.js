// For Cloudflare Workers, which compile WebAssembly when the Worker is deployed and never afterwards.
// JavaScript, since Deno's type checker reads `.wasm` imports in another way than Wrangler bundles them.
import { createWasmBackend } from "@matryoshka/sae/wasm";
import relaxed from "@matryoshka/sae/wasm/relaxed.wasm";
import { createFetch } from "./serve.ts";

export default { fetch: createFetch(() => createWasmBackend({ modules: { relaxed } })) };
