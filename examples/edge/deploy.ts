/** For Deno Deploy, and `deno run -N -E examples/edge/deploy.ts` anywhere else. */
import { createWasmBackend } from "@matryoshka/sae/wasm";
import { createFetch } from "./serve.ts";

const fetch = createFetch(createWasmBackend);
const environment = Deno.env.toObject();

Deno.serve(
  { hostname: environment.HOST ?? "0.0.0.0", port: Number(environment.PORT ?? 8000) },
  (request) => fetch(request, environment),
);
