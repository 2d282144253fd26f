import type { Backend } from "@matryoshka/sae/wasm";
import { loadAutoencoder } from "./autoencoder.ts";
import type { KeepAlive } from "./cached.ts";
import { allowingOrigins } from "./cross_origin.ts";
import { createService, type Service } from "./service.ts";
import { readSettings } from "./settings.ts";

/** The handler that a platform calls with a request, the environment and, on Workers, a context. */
export type Fetch = (
  request: Request,
  environment: Readonly<Record<string, unknown>>,
  context?: { waitUntil: KeepAlive },
) => Promise<Response>;

/**
 * Creates the `fetch` handler of all platforms. It reads the settings at the first request, because Workers do not have
 * them earlier, and keeps the autoencoder for as long as the isolate lives.
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
    const service = createService(async (signal) => {
      backend ??= createBackend();
      return await loadAutoencoder(await backend, settings, signal);
    }, settings.limits);
    return allowingOrigins(service, settings.allowOrigins);
  }
}
