/** Jobs of several ranks that tests disturb while they run. */
import type { MpiFamily } from "../../distributed/mpirun.ts";
import { PROGRAM } from "./train_over_mpi.ts";

/** A job, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stderr: string;
  /** Seconds from the disturbance to the end; undefined if the job ended before it. */
  readonly seconds?: number;
}

/**
 * Starts `train` on this many ranks, and calls `disturb` once something on stderr matches `when`, with the process id of
 * the launcher. Throws if the job has not ended by itself 60 seconds later.
 */
export async function disturbed(
  { launcher, options }: MpiFamily,
  ranks: number,
  args: readonly string[],
  when: RegExp,
  disturb: (launcherId: number) => void | Promise<void>,
): Promise<Ended> {
  const child = new Deno.Command(launcher, {
    args: [...options, "-n", `${ranks}`, Deno.execPath(), ...PROGRAM, ...args],
    cwd: new URL("../../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Read, not cancelled: MPICH's launcher prints there on a signal, and would die of the closed pipe.
  const stdout = new Response(child.stdout).bytes();
  let stderr = "";
  let at: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (at !== undefined || !when.test(stderr)) continue;
    at = performance.now();
    await disturb(child.pid);
    at = performance.now();
    timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  }
  const { code, signal } = await child.status;
  clearTimeout(timer);
  await stdout;
  if (signal === "SIGKILL") throw new Error(`The job has not ended by itself:\n${stderr}`);
  const seconds = at === undefined ? undefined : (performance.now() - at) / 1000;
  return { code, stderr, seconds };
}

/** Returns the process ids of the ranks that a launcher has started on this machine, in any order. */
export function ranksOf(launcherId: number): number[] {
  const parents = new Map<number, number>();
  const isDeno = new Set<number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name in parentheses may hold spaces.
      const [, command, rest] = Deno.readTextFileSync(`/proc/${name}/stat`).match(
        /^\d+ \((.*)\) (.*)/s,
      )!;
      parents.set(Number(name), Number(rest.split(" ")[1]));
      if (command === "deno") isDeno.add(Number(name));
    } catch {
      // The process has ended.
    }
  }
  const descends = (id: number): boolean => {
    const parent = parents.get(id);
    return parent !== undefined && (parent === launcherId || descends(parent));
  };
  return [...isDeno].filter(descends);
}
