/** Starts a server as a process of its own, waits until it listens, and watches its memory and log. */

/** Bytes that a process has. */
export interface ProcessMemory {
  /** Resident at present, and at the peak. */
  readonly now: number;
  readonly most: number;
  /** Writable and its own, whether it was ever touched or not. */
  readonly data: number;
}

/** A server that runs. */
export interface RunningService extends AsyncDisposable {
  /** The address, without a slash at the end. */
  readonly address: string;
  /** Milliseconds from the start of the process until it listened. */
  readonly startedIn: number;
  readonly pid: number;
  /** Returns the memory of the process in bytes. */
  memory(): Promise<ProcessMemory>;
  /** Has the system refuse the process more than this many bytes of `data`. */
  limitData(bytes: number): Promise<void>;
  /** Returns everything that the process has written to its output and its log. */
  log(): string;
}

/** How to start a server. */
export interface ServiceOptions {
  /** The program and its arguments. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Matches the line that names the port, which is its first group. */
  readonly listening: RegExp;
  /** Frees what the process needed, once it has ended. */
  dispose?(): Promise<void>;
}

/** Starts a server on this machine; throws with its log if it does not listen within 20 seconds. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { program, args, env, listening } = options;
  const since = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    env,
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
    listens.reject(new Error(`Cannot start ${program}: it does not listen after 20 s\n${log}`));
  }, 20_000);
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // The process has already ended.
    }
    await Promise.all([child.status, ended]);
    await options.dispose?.();
  };
  try {
    const port = await listens.promise;
    return {
      address: `http://127.0.0.1:${port}`,
      startedIn: performance.now() - since,
      pid: child.pid,
      memory: () => memoryOf(child.pid),
      limitData: (bytes) => limitData(child.pid, bytes),
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

async function memoryOf(pid: number): Promise<ProcessMemory> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const read = (name: string) => {
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)![1]);
  };
  return { now: read("VmRSS"), most: read("VmHWM"), data: read("VmData") };
}

/** Uses `prlimit` of util-linux, which every Debian has. */
async function limitData(pid: number, bytes: number): Promise<void> {
  const args = ["--pid", `${pid}`, `--data=${bytes}`];
  const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
  if (success) return;
  throw new Error(`Cannot limit process ${pid}: ${new TextDecoder().decode(stderr)}`);
}
