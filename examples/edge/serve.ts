import type { Backend } from "@matryoshka/sae/wasm";
import { loadAutoencoder } from "./autoencoder.ts";
import type { KeepAlive } from "./cached.ts";
import { createService, type Service } from "./service.ts";
import { readSettings } from "./settings.ts";

/** What a platform calls with each request, its environment and, on Workers, its context. */
export type Fetch = (
  request: Request,
  environment: Readonly<Record<string, unknown>>,
  context?: { waitUntil: KeepAlive },
) => Promise<Response>;

/**
 * The `fetch` handler of all platforms. Settings are read at the first request, since Workers know them no
 * earlier, and what was loaded stays with the isolate.
 */
export function createFetch(createBackend: () => Promise<Backend>): Fetch {
  let service: Service | undefined;
  return async (request, environment, context) => {
    try {
      service ??= start(environment);
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 500 });
    }
    return await service(request, (work) => context?.waitUntil(work));
  };

  function start(environment: Readonly<Record<string, unknown>>): Service {
    const settings = readSettings(environment);
    let backend: Promise<Backend> | undefined;
    return createService(async (signal) => {
      backend ??= createBackend();
      return await loadAutoencoder(await backend, settings, signal);
    }, settings.limits);
  }
}
