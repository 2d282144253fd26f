/** Cloudflare's workerd, with one worker. */
import { program } from "./tools.ts";

/** A module of a worker: its name, kind and file. */
export interface WorkerModule {
  readonly name: string;
  readonly kind: "esModule" | "wasm";
  /** From the folder of the configuration. */
  readonly file: string;
}

/** A workerd that runs. */
export interface Workerd extends AsyncDisposable {
  readonly address: string;
  /** The most memory that the process has used so far, in bytes. */
  mostMemory(): number;
}

// The first date at which bytes are compiled at start-up.
const COMPATIBILITY_DATE = "2025-06-01";

function configuration(modules: readonly WorkerModule[]): string {
  const list = modules.map(({ name, kind, file }) =>
    `(name = "${name}", ${kind} = embed "${file}")`
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${list.join(", ")}],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`;
}

/** Starts it; the first module is the worker. */
export async function startWorkerd(
  folder: URL,
  modules: readonly WorkerModule[],
): Promise<Workerd> {
  const file = new URL("config.capnp", folder);
  await Deno.writeTextFile(file, configuration(modules));
  const process = new Deno.Command(await program("workerd"), {
    args: ["serve", file.pathname, "--control-fd=1"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // The first line says which port it listens at.
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  const listening = /"port":(\d+)/.exec(new TextDecoder().decode(value));
  const stop = async () => {
    process.kill("SIGTERM");
    await Promise.all([reader.cancel(), process.status]);
    return await process.stderr.text();
  };
  if (!listening) {
    await reader.cancel();
    throw new Error(`Cannot start workerd: ${await process.stderr.text()}`);
  }
  return {
    address: `http://127.0.0.1:${listening[1]}`,
    mostMemory() {
      const status = Deno.readTextFileSync(`/proc/${process.pid}/status`);
      return 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)![1]);
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
