/** A participant from the bench's side: a process that takes one run at a time. */

import { nativeEnvironment } from "../../harness/native_environment.ts";
import { readOutcome } from "./files.ts";
import { TextLineStream } from "./lines.ts";
import type { Job, Outcome, Reply, Request } from "../../harness/peer.ts";
import type { Entry } from "./rows.ts";

const FOLDER = import.meta.dirname!;

/**
 * Makes glibc keep freed memory. By default it returns every large array to the system, and filling the
 * next one costs PyTorch as much time in page faults as the arithmetic itself.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: `${2 ** 34}`,
  MALLOC_TOP_PAD_: `${2 ** 30}`,
};

/** Returns the command that starts a participant's process. */
function commandOf({ peer, threads }: Entry): Deno.Command {
  const [program, args] = peer.startsWith("pytorch")
    ? ["/usr/bin/python3", [`${FOLDER}/../pytorch.py`, `${threads}`]]
    : [Deno.execPath(), [
      ...["run", "-A", "--quiet", "--config", `${FOLDER}/../deno.json`],
      ...[`${FOLDER}/serve.ts`, peer, `${threads}`],
    ]];
  return new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: {
      ...nativeEnvironment(threads),
      ...peer === "pytorch-keeping" && KEEP_MEMORY,
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

  /** Asks for the version, instructions and threads. */
  async describe(): Promise<string> {
    const reply = await this.#ask({ ask: "describe" });
    return "description" in reply ? reply.description : "";
  }

  /** Runs for the first time. Returns the milliseconds and the results. */
  async first(job: Job, inputs: string, folder: string): Promise<{ ms: number; outcome: Outcome }> {
    const path = `${folder}/outcome.safetensors`;
    const [ms] = await this.#times({ ask: "first", job, inputs, outcome: path });
    const outcome = await readOutcome(path, job);
    await Deno.remove(path);
    return { ms, outcome };
  }

  /** Runs again at least once, and up to `times` times while the seconds last. */
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
    // A process that has ended takes no request; its last lines of errors give the reason.
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
