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
  /** Share of samples around which the machine reached less than three quarters of its best F. */
  readonly disturbed?: number;
  /** False if the machine was busy before or disturbed during the run: quote only its ratios. */
  readonly quiet: boolean;
}

/** The largest share in use on a quiet machine; timer ticks and this process itself take a few percent. */
const QUIET = 0.1;
/** The largest share of disturbed samples in a quiet run. */
const FEW = 0.05;

/** Looks the machine over for one second. `commit` names the commit where there is no Git. */
export async function lookUpEnvironment(commit?: string): Promise<Environment> {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit ?? await checkedOutCommit(),
    runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    host: Deno.build.os === "linux" ? await lookUpHost() : undefined,
  };
}

/** Adds the share of disturbed samples. Each list holds F around the samples of one number of threads. */
export function withDisturbance(
  environment: Environment,
  ratesByThreads: Iterable<readonly number[]>,
): Environment {
  const { host } = environment;
  if (!host) return environment;
  let samples = 0;
  let slow = 0;
  for (const rates of ratesByThreads) {
    const least = 0.75 * Math.max(...rates);
    samples += rates.length;
    slow += rates.filter((rate) => rate < least).length;
  }
  const disturbed = slow / Math.max(samples, 1);
  return { ...environment, host: { ...host, disturbed, quiet: host.quiet && disturbed <= FEW } };
}

/** Returns the environment in one line for the computer, if it is known, and one for the software. */
export function environmentLines({ date, commit, runtime, host }: Environment): string[] {
  const when = `${runtime}, ${date}, commit ${commit}`;
  if (!host) return [when];
  const { cpu, cores, load, busy, disturbed, quiet } = host;
  const use = `load ${load.toFixed(1)} and ${(100 * busy).toFixed(0)} % in use before the start` +
    (disturbed === undefined ? "" : `, ${(100 * disturbed).toFixed(0)} % of samples disturbed`);
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
