/** Describes where and when a result was measured. */

/** Recorded in every file of bench/results. */
export interface Environment {
  /** Year, month and day. */
  readonly date: string;
  /** The commit that was measured; ends in "+" if files differed from it. */
  readonly commit: string;
  /** Deno and V8. */
  readonly runtime: string;
  /** Absent from files that were written before it was recorded. */
  readonly host?: Host;
}

/** The computer and how busy others kept it. */
export interface Host {
  readonly cpu: string;
  readonly cores: number;
  /** Load average of the last minute, at the start. */
  readonly load: number;
  /** Share of processor time that was in use during the second before the bench began. */
  readonly busy: number;
  /** False if the machine was busy: of such a run only ratios mean anything. */
  readonly quiet: boolean;
}

/** The largest share in use on a quiet machine; timer ticks and this process itself take a few percent. */
const QUIET = 0.1;

/** Looks the machine over for one second. `commit` names the commit where there is no Git. */
export async function lookUpEnvironment(commit?: string): Promise<Environment> {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit ?? await checkedOutCommit(),
    runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    host: Deno.build.os === "linux" ? await lookUpHost() : undefined,
  };
}

/** Returns the environment in a line each: for the head of a report. */
export function environmentLines({ date, commit, runtime, host }: Environment): string[] {
  const when = `${runtime}, ${date}, commit ${commit}`;
  if (!host) return [when];
  const { cpu, cores, load, busy, quiet } = host;
  const use = `load ${load.toFixed(1)}, ${(100 * busy).toFixed(0)} % in use before the start`;
  return [
    `${cpu}, ${cores} cores, ${use}${quiet ? "" : ": NOT QUIET, quote only ratios"}`,
    when,
  ];
}

async function lookUpHost(): Promise<Host> {
  const text = await Deno.readTextFile("/proc/cpuinfo");
  const field = (name: string) => text.match(new RegExp(`^${name}\\s*: (.*)$`, "m"))?.[1] ?? "?";
  const before = await processorTimes();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = await processorTimes();
  const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
  return {
    cpu: `${field("model name")} (family ${field("cpu family")}, model ${field("model")})`,
    cores: navigator.hardwareConcurrency,
    load: Deno.loadavg()[0],
    busy,
    quiet: busy <= QUIET,
  };
}

/** Returns ticks of all processors since the machine started. */
async function processorTimes(): Promise<{ idle: number; all: number }> {
  const [line] = (await Deno.readTextFile("/proc/stat")).split("\n");
  // user, nice, system, idle, waiting for input and output, interrupts, soft interrupts, stolen
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: ticks[3] + ticks[4], all: ticks.reduce((sum, count) => sum + count) };
}

async function checkedOutCommit(): Promise<string> {
  const git = async (...args: string[]) => {
    const cwd = import.meta.dirname;
    const { success, stdout } = await new Deno.Command("git", { args, cwd }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  try {
    const commit = await git("rev-parse", "--short", "HEAD");
    // New results do not change what was measured.
    const changes = await git("status", "--porcelain", "--", ":/", ":(top,exclude)bench/results");
    return commit ? commit + (changes ? "+" : "") : "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}
