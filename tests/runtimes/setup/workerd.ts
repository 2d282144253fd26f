/** Starts a Worker in workerd, the runtime of Cloudflare Workers. */
import { IsolateMeter } from "./isolate.ts";
import { type RunningService, startService } from "./service.ts";
import { program } from "./tools.ts";

/** The modules of a Worker by name, the main one first. A name that ends in ".wasm" is WebAssembly. */
export type WorkerModules = Readonly<Record<string, string | Uint8Array>>;

/** A Worker that runs. */
export interface RunningWorker extends RunningService {
  /** Begins to watch the memory of its isolate. */
  isolate(): Promise<IsolateMeter>;
}

/** What Cloudflare allows an isolate; the memory of workerd itself comes on top. */
export const ISOLATE_BYTES: number = 128 * 2 ** 20;

/** V8 collects garbage later on machines with more memory, so tests that watch memory limit the heap. */
export const HEAP_LIMIT = "--max-heap-size=128";

/**
 * Starts a Worker.
 *
 * @param environment The Worker's variables.
 */
export async function startWorker(
  modules: WorkerModules,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningWorker> {
  const folder = await Deno.makeTempDir({ prefix: "workerd-" });
  const dispose = () => Deno.remove(folder, { recursive: true });
  try {
    for (const [n, content] of Object.values(modules).entries()) {
      const file = `${folder}/${n}`;
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
    }
    const file = `${folder}/config.capnp`;
    await Deno.writeTextFile(file, configuration(Object.keys(modules), environment));
    const service = await startService({
      program: await program("workerd"),
      args: ["serve", "--control-fd=1", "--inspector-addr=127.0.0.1:0", file],
      listening: /"event":"listen","socket".*"port":(\d+)/,
      dispose,
    });
    return { ...service, isolate: () => IsolateMeter.open(service) };
  } catch (error) {
    await dispose().catch(() => {});
    throw error;
  }
}

/** Starts a Worker that does nothing, to compare memory with. */
export async function startIdleWorker(): Promise<RunningWorker> {
  const worker = 'export default { fetch: () => new Response("nothing") };';
  return await answering(await startWorker({ "worker.js": worker }));
}

/** Starts a Worker that reads what it is sent and answers "nothing", to compare memory under load with. */
export async function startReadingWorker(): Promise<RunningWorker> {
  const fetch = 'async (request) => (await request.arrayBuffer(), new Response("nothing"))';
  return await answering(await startWorker({ "worker.js": `export default { fetch: ${fetch} };` }));
}

/** Returns a service once it has answered "nothing". */
export async function answering<Running extends RunningService>(
  service: Running,
): Promise<Running> {
  const answer = await (await fetch(service.address)).text();
  if (answer === "nothing") return service;
  await service[Symbol.asyncDispose]();
  throw new Error(`Cannot start an idle server: it must answer "nothing" but answers "${answer}"`);
}

/** The date and flags are those of examples/edge/wrangler.jsonc; "local" is this machine alone. */
function configuration(
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
): string {
  const modules = names.map((name, n) => {
    const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = "${name}", ${kind} = embed "${n}")`;
  });
  const bindings = Object.entries(environment).map(([name, value]) => {
    return `(name = "${name}", text = ${JSON.stringify(value)})`;
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["${HEAP_LIMIT}"],
  services = [
    (name = "main", worker = (
      modules = [${modules.join(", ")}],
      bindings = [${bindings.join(", ")}],
      compatibilityDate = "2025-06-01",
      compatibilityFlags = ["enable_request_signal"],
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}
