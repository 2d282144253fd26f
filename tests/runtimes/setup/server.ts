/** A local server with the checkpoint of the programme, and with the files of pages. */
import { makeProblem } from "./problem.ts";

/** What the server offers besides the problem. */
export interface ServerOptions {
  /** Whether to send the headers that isolate pages: shared memory needs them. */
  readonly isolated?: boolean;
  /** The text of files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder whose files are served under `/`. */
  readonly folder?: URL;
}

/** A running server. */
export interface LocalServer extends AsyncDisposable {
  readonly address: string;
}

const TYPES: Record<string, string> = {
  css: "text/css",
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/** Answers a range request. */
function partOf(body: Uint8Array, from: number, last: number): Response {
  const part = body.slice(from, last + 1);
  const end = from + part.length - 1;
  const headers = { "content-range": `bytes ${from}-${end}/${body.length}`, etag: '"1"' };
  return new Response(part, { status: 206, headers });
}

/** Starts a server on a free port of this machine. */
export async function serve(options: ServerOptions = {}): Promise<LocalServer> {
  const { problem, checkpoint } = await makeProblem();
  const files: Record<string, string | Uint8Array> = {
    "/problem.json": JSON.stringify(problem),
    "/sae.safetensors": checkpoint,
    "/favicon.ico": "",
    ...options.files,
  };
  const headers = options.isolated
    ? {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    }
    : undefined;
  const find = async (path: string): Promise<string | Uint8Array | undefined> => {
    if (Object.hasOwn(files, path)) return files[path];
    if (!options.folder || path.includes("..")) return undefined;
    return await Deno.readFile(new URL(`.${path}`, options.folder)).catch(() => undefined);
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const body = await find(path);
    if (body === undefined) return new Response(`there is no ${path}`, { status: 404, headers });
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (range && body instanceof Uint8Array) {
      return partOf(body, Number(range[1]), Number(range[2]));
    }
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    return new Response(body as BodyInit, { headers: { ...headers, "content-type": type } });
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
