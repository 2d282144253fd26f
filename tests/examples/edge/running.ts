/** Edge services as processes of their own. */
import { program } from "../../runtimes/setup/tools.ts";
import { bundleWorker, WORKER, type WorkerModules } from "./worker_bundle.ts";

/** A service that runs. */
export interface RunningService extends AsyncDisposable {
  readonly address: string;
  /** Milliseconds from the start of the process until it listened. */
  readonly startedIn: number;
  /** Resident memory of the process in bytes, now and at most so far. */
  memory(): Promise<{ readonly now: number; readonly most: number }>;
  /** What it has written to its log. */
  log(): string;
}

/**
 * V8 collects the less the more memory a machine has. Workers have 128 MiB, so this is what shows whether
 * memory grows.
 */
const HEAP_LIMIT = "--max-heap-size=128";

/** What Deno says when it listens. */
const LISTENING = /Listening on http:\/\/127\.0\.0\.1:(\d+)/;

/** Settings of the service, by their names in the environment. */
export type Environment = Readonly<Record<string, string>>;

/** Starts `examples/edge/deploy.ts` with no permission but the network and the environment. */
export async function startDeno(environment: Environment): Promise<RunningService> {
  const entry = new URL("../../../examples/edge/deploy.ts", import.meta.url).pathname;
  return await start(Deno.execPath(), {
    args: ["run", "--no-prompt", `--v8-flags=${HEAP_LIMIT}`, "--allow-net", "--allow-env", entry],
    env: { ...environment, NO_COLOR: "1", HOST: "127.0.0.1", PORT: "0" },
  }, LISTENING);
}

/** Starts the Worker of `examples/edge/worker.js` in workerd. */
export async function startWorkerd(environment: Environment): Promise<RunningService> {
  bundled ??= bundleWorker(WORKER);
  return await startModules(await bundled, environment);
}

let bundled: ReturnType<typeof bundleWorker> | undefined;

/** Starts a server that does nothing under Deno, to compare memory with. */
export async function startIdleDeno(): Promise<RunningService> {
  const script = `Deno.serve({ hostname: "127.0.0.1", port: 0 }, () => new Response("nothing"))`;
  const args = ["eval", `--v8-flags=${HEAP_LIMIT}`, script];
  return await answering(await start(Deno.execPath(), { args, env: { NO_COLOR: "1" } }, LISTENING));
}

/** The same of a Worker in workerd. */
export async function startIdleWorkerd(): Promise<RunningService> {
  const worker = 'export default { fetch: () => new Response("nothing") };';
  return await answering(await startModules({ "worker.js": worker }, {}));
}

async function answering(service: RunningService): Promise<RunningService> {
  const answer = await (await fetch(service.address)).text();
  if (answer === "nothing") return service;
  await service[Symbol.asyncDispose]();
  throw new Error(`Cannot start a server that does nothing: it answers ${answer}`);
}

/** Starts any Worker in workerd. */
export async function startModules(
  modules: WorkerModules,
  environment: Environment,
): Promise<RunningService> {
  const folder = await Deno.makeTempDir({ prefix: "edge-" });
  const dispose = () => Deno.remove(folder, { recursive: true });
  try {
    for (const [name, content] of Object.entries(modules)) {
      if (typeof content === "string") await Deno.writeTextFile(`${folder}/${name}`, content);
      else await Deno.writeFile(`${folder}/${name}`, content);
    }
    await Deno.writeTextFile(
      `${folder}/config.capnp`,
      configure(Object.keys(modules), environment),
    );
    const args = ["serve", "--control-fd=1", `${folder}/config.capnp`];
    return await start(
      await program("workerd"),
      { args },
      /"event":"listen".*"port":(\d+)/,
      dispose,
    );
  } catch (error) {
    await dispose();
    throw error;
  }
}

function configure(names: readonly string[], environment: Environment): string {
  const modules = names.map((name) => {
    const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = "${name}", ${kind} = embed "${name}")`;
  });
  const bindings = Object.entries(environment).map(([name, value]) => {
    return `(name = "${name}", text = ${JSON.stringify(value)})`;
  });
  // The same date and flags as in examples/edge/wrangler.jsonc. "local" is this machine alone.
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["${HEAP_LIMIT}"],
  services = [
    (name = "edge", worker = (
      modules = [${modules.join(", ")}],
      bindings = [${bindings.join(", ")}],
      compatibilityDate = "2025-06-01",
      compatibilityFlags = ["enable_request_signal"],
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "edge")],
);
`;
}

async function start(
  program: string,
  options: Deno.CommandOptions,
  listening: RegExp,
  dispose: () => Promise<void> = () => Promise.resolve(),
): Promise<RunningService> {
  const since = performance.now();
  const child = new Deno.Command(program, {
    ...options,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  const listens = Promise.withResolvers<string>();
  const outputs = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      log += text;
      const port = listening.exec(log)?.[1];
      if (port) listens.resolve(port);
    }
  });
  const ended = Promise.all(outputs).then(() => {
    listens.reject(new Error(`Cannot start ${program}: it ended\n${log}`));
  });
  const late = setTimeout(() => {
    listens.reject(new Error(`Cannot start ${program}: it listens to nothing after 20 s\n${log}`));
  }, 20_000);
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await Promise.all([child.status, ended]);
    await dispose();
  };
  try {
    const port = await listens.promise;
    return {
      address: `http://127.0.0.1:${port}`,
      startedIn: performance.now() - since,
      memory: () => memoryOf(child.pid),
      log: () => log,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

async function memoryOf(pid: number): Promise<{ now: number; most: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const read = (name: string) => {
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)![1]);
  };
  return { now: read("VmRSS"), most: read("VmHWM") };
}
