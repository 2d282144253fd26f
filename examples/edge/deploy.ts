/** The entry point on Deno Deploy. Elsewhere run `deno run -N -E examples/edge/deploy.ts`. */
import { createWasmBackend } from "@matryoshka/sae/wasm";
import { createFetch } from "./serve.ts";

const fetch = createFetch(createWasmBackend);
const environment = Deno.env.toObject();

Deno.serve(
  { hostname: environment.HOST ?? "0.0.0.0", port: Number(environment.PORT ?? 8000) },
  (request) => fetch(request, environment),
);
