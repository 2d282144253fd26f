/** Servers for tests of the view of new rows. */
import { createWasmBackend } from "../../../entries/wasm.ts";
import { createFetch } from "../../../examples/edge/serve.ts";

/** A server on a free port of this machine. */
export interface Listening extends AsyncDisposable {
  readonly address: string;
}

/** Listens with a handler. */
export function listen(handler: (request: Request) => Response | Promise<Response>): Listening {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
};

/** Serves the files of a folder whole, as the plainest servers do, and notes what was requested. */
export function serveFolder(folder: string): Listening & { readonly requested: string[] } {
  const requested: string[] = [];
  const server = listen(async ({ url }) => {
    const { pathname } = new URL(url);
    requested.push(pathname);
    try {
      const type = TYPES[pathname.split(".").at(-1)!] ?? "application/octet-stream";
      return new Response(await Deno.readFile(folder + pathname), {
        headers: { "content-type": type },
      });
    } catch {
      return new Response("Not found", { status: 404 });
    }
  });
  return { ...server, requested };
}

/** Runs the edge example with an autoencoder. `answer` may answer in its place. */
export function serveEdge(
  settings: Readonly<Record<string, string>>,
  answer: (request: Request) => Response | Promise<Response> | undefined = () => undefined,
): Listening {
  const handle = createFetch(() => createWasmBackend({ tier: "simd" }));
  return listen((request) => answer(request) ?? handle(request, settings));
}
