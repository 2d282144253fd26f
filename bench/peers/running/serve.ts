/**
 * A participant's process: one peer, one number of threads. Reads requests from standard input, one
 * JSON object per line, and answers each with a line.
 *
 *     deno run -A --config bench/peers/deno.json bench/peers/running/serve.ts PEER THREADS
 */
import { TextLineStream } from "./lines.ts";
import { readInputs, writeOutcome } from "./files.ts";
import type { Peer, Reply, Request, Running } from "../../harness/peer.ts";

// Standard output carries replies; anything that a library prints goes to standard error.
console.log = console.info = console.debug = console.error;

const PEERS: Record<string, () => Promise<{ start(threads: number): Promise<Peer> }>> = {
  "package": () => import("../../harness/package.ts"),
  "reference": async () => ({ start: (await import("../../harness/package.ts")).startReference }),
  "jax-js": () => import("../jax_js.ts"),
  "jax-js-padded": async () => ({ start: (await import("../jax_js.ts")).startPadded }),
  "tensorflow": () => import("../tensorflow.ts"),
  "tensorflow-transposing": async () => ({
    start: (await import("../tensorflow.ts")).startTransposing,
  }),
  "onnxruntime": () => import("../onnxruntime.ts"),
};

const [name, threads] = Deno.args;
let peer: Peer | undefined;
let running: Running | undefined;

async function timed(run: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function answer(request: Request): Promise<Reply> {
  peer ??= await (await PEERS[name]()).start(Number(threads));
  if (request.ask === "describe") return { description: peer.description };
  if (request.ask === "first") {
    const { job } = request;
    const { parameters, batch } = await readInputs(request.inputs, job);
    running = peer.prepare(job, parameters, batch);
    const ms = await timed(() => running!.first());
    await writeOutcome(request.outcome, await running.outcome(), job);
    return { ms: [ms] };
  }
  const ms: number[] = [];
  const end = performance.now() + 1000 * request.seconds;
  do ms.push(await timed(() => running!.again())); while (
    ms.length < request.times && performance.now() < end
  );
  return { ms };
}

const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  let reply: Reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : JSON.stringify(error) };
  }
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(reply) + "\n"));
}
// Workers that a peer has left behind would keep the process alive.
Deno.exit(0);
