/** Starts the edge service as a process of its own, in Deno and in workerd. */
import { type RunningService, startService } from "../../runtimes/setup/service.ts";
import {
  answering,
  HEAP_LIMIT,
  type RunningWorker,
  startWorker,
} from "../../runtimes/setup/workerd.ts";
import { bundleWorker, WORKER } from "./worker_bundle.ts";

/** Settings of the service, by their names in the environment. */
export type Environment = Readonly<Record<string, string>>;

/** The line that Deno prints when it listens. */
const LISTENING = /Listening on http:\/\/127\.0\.0\.1:(\d+)/;

/** Starts `examples/edge/deploy.ts` with permission for the network and the environment only. */
export async function startDeno(environment: Environment): Promise<RunningService> {
  const entry = new URL("../../../examples/edge/deploy.ts", import.meta.url).pathname;
  return await startService({
    program: Deno.execPath(),
    args: ["run", "--no-prompt", `--v8-flags=${HEAP_LIMIT}`, "--allow-net", "--allow-env", entry],
    env: { ...environment, NO_COLOR: "1", HOST: "127.0.0.1", PORT: "0" },
    listening: LISTENING,
  });
}

/** Starts a server under Deno that does nothing, to compare memory with. */
export async function startIdleDeno(): Promise<RunningService> {
  const script = `Deno.serve({ hostname: "127.0.0.1", port: 0 }, () => new Response("nothing"))`;
  return await answering(
    await startService({
      program: Deno.execPath(),
      args: ["eval", `--v8-flags=${HEAP_LIMIT}`, script],
      env: { NO_COLOR: "1" },
      listening: LISTENING,
    }),
  );
}

let bundled: ReturnType<typeof bundleWorker> | undefined;

/** Starts `examples/edge/worker.js` in workerd. */
export async function startWorkerd(environment: Environment): Promise<RunningWorker> {
  bundled ??= bundleWorker(WORKER);
  return await startWorker(await bundled, environment);
}
