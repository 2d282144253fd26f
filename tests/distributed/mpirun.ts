/** Runs Deno programs under the launchers of both families of MPI libraries. */

import { whyMissing } from "../missing.ts";

const ROOT = new URL("../../", import.meta.url);

/** A family of MPI libraries, with its launcher. */
export interface MpiFamily {
  readonly name: "Open MPI" | "MPICH";
  readonly launcher: string;
  readonly options: readonly string[];
  /** Why its tests are to be ignored: the launcher is not installed. */
  readonly missing: string | undefined;
}

/** Both families: `Deno.test({ ...named("…", family.missing), fn })` ignores visibly what is not installed. */
export const mpiFamilies: readonly MpiFamily[] = [
  {
    name: "Open MPI",
    launcher: "/usr/bin/mpirun.openmpi",
    // More ranks than cores, and threads of a rank on all of them.
    options: ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"],
    missing: whyMissing("/usr/bin/mpirun.openmpi", "openmpi-bin"),
  },
  {
    name: "MPICH",
    launcher: "/usr/bin/mpirun.mpich",
    options: [],
    missing: whyMissing("/usr/bin/mpirun.mpich", "mpich"),
  },
];

export interface MpirunOptions {
  /** The working folder; the root of the project by default. */
  readonly cwd?: string | URL;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many seconds the job is ended, and `mpirun` throws; 60 by default. */
  readonly timeout?: number;
}

export interface MpirunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `deno` with these arguments on this many ranks and returns how the job ended:
 * `await mpirun(family, 2, ["run", "-A", "program.ts"])`.
 */
export async function mpirun(
  { launcher, options }: MpiFamily,
  ranks: number,
  args: readonly string[],
  { cwd = ROOT, env = {}, timeout = 60 }: MpirunOptions = {},
): Promise<MpirunResult> {
  const child = new Deno.Command(launcher, {
    args: [...options, "-n", `${ranks}`, Deno.execPath(), ...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // Both launchers then end their ranks.
    child.kill("SIGTERM");
  }, timeout * 1000);
  const output = await child.output().finally(() => clearTimeout(timer));
  const [stdout, stderr] = [output.stdout, output.stderr].map((each) =>
    new TextDecoder().decode(each)
  );
  if (late) {
    throw new Error(
      `Cannot run ${args.join(" ")} on ${ranks} ranks of ${launcher}: ` +
        `it has not ended after ${timeout} s\n${stdout}\n${stderr}`,
    );
  }
  return { code: output.code, stdout, stderr };
}
