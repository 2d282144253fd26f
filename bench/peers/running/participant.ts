/** A participant as the bench sees it: a process that takes one run at a time. */

import { readOutcome } from "./files.ts";
import { TextLineStream } from "./lines.ts";
import type { Algorithm, Job, Outcome, Reply, Request } from "../../harness/peer.ts";

/** Which peer, how it is used, and how it is called in the table. */
export interface Entry {
  /** Its name in the table. */
  readonly label: string;
  /** Its name in `serve.ts`, or "pytorch". */
  readonly peer: string;
  readonly threads: number;
  /** How its work is counted: products over all latents, or over active ones after the encode. */
  readonly algorithm: Algorithm;
  /** How many prefixes: all of the problem's, or only the whole. */
  readonly P: number;
}

const HARNESS = import.meta.dirname!;

/** The environment, but for what pins OpenBLAS to kernels slower than those it would choose itself. */
const {
  OPENBLAS_CORETYPE: _coreType,
  OPENBLAS_L2_SIZE: _cacheSize,
  ...environment
} = Deno.env.toObject();

/** The command line of a participant's process, and what it adds to the environment. */
function commandOf({ peer, threads }: Entry): Deno.Command {
  const [program, args] = peer === "pytorch"
    ? ["/usr/bin/python3", [`${HARNESS}/../pytorch.py`, `${threads}`]]
    : [Deno.execPath(), [
      ...["run", "-A", "--quiet", "--config", `${HARNESS}/../deno.json`],
      ...[`${HARNESS}/serve.ts`, peer, `${threads}`],
    ]];
  return new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: {
      ...environment,
      // Native libraries read their number of threads once, at the start.
      OMP_NUM_THREADS: `${threads}`,
      OPENBLAS_NUM_THREADS: `${threads}`,
    },
  });
}

/** A running process. */
export class Participant implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;

  constructor(readonly entry: Entry) {
    this.#process = commandOf(entry).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.#errors = new Response(this.#process.stderr).text();
  }

  /** What it found: version, instructions, threads. */
  async describe(): Promise<string> {
    const reply = await this.#ask({ ask: "describe" });
    return "description" in reply ? reply.description : "";
  }

  /** The first run: its milliseconds, and what came out. */
  async first(job: Job, inputs: string, folder: string): Promise<{ ms: number; outcome: Outcome }> {
    const path = `${folder}/outcome.safetensors`;
    const [ms] = await this.#times({ ask: "first", job, inputs, outcome: path });
    const outcome = await readOutcome(path, job);
    await Deno.remove(path);
    return { ms, outcome };
  }

  /** More runs: as many as asked for, or fewer when the seconds are over; at least one. */
  async again(times: number, seconds: number): Promise<readonly number[]> {
    return await this.#times({ ask: "again", times, seconds });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#process.status;
  }

  async #times(request: Request): Promise<readonly number[]> {
    const reply = await this.#ask(request);
    return "ms" in reply ? reply.ms : [];
  }

  async #ask(request: Request): Promise<Reply> {
    const line = new TextEncoder().encode(JSON.stringify(request) + "\n");
    // A process that has ended takes no request, and its last lines say why.
    await this.#writer.write(line).catch(() => {});
    const { value, done } = await this.#lines.read();
    if (done) {
      const lines = (await this.#errors).trim().split("\n");
      throw new Error(`its process ended: ${lines.slice(-3).join(" / ")}`);
    }
    const reply: Reply = JSON.parse(value);
    if ("error" in reply) throw new Error(reply.error.split("\n")[0]);
    return reply;
  }
}
