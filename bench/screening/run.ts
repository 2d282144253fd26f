/** The course of a bench of screening: child processes, one for each lowering and number of threads. */

import { environmentLines, lookUpEnvironment, withDisturbance } from "../harness/environment.ts";
import { writeResults } from "../harness/results_file.ts";
import type {
  Case,
  Comparison,
  Effort,
  Lowering,
  ScreeningJob,
  ScreeningResults,
} from "./results.ts";

/** The lowerings by name. */
export const LOWERINGS: Readonly<Record<string, Lowering>> = {
  vnni: { tier: "relaxed", vnni: true },
  relaxed: { tier: "relaxed", vnni: false },
  simd: { tier: "simd", vnni: true },
};

/** What to compare. */
export interface Plan {
  readonly kind: ScreeningResults["kind"];
  readonly lowerings: readonly Lowering[];
  /** By default one thread, and two with the first lowering. */
  readonly threads?: readonly number[];
  readonly cases: readonly Case[];
  readonly effort: Effort;
  readonly backend: ScreeningJob["backend"];
}

/** Weights of which three trainers fit into 4 GiB together, with lists for more than one thread. */
const MOST_WEIGHTS = 2 ** 23;

/** Whether a comparison fits into memory: steps hold the trainers of all their variants. */
function fits({ task, shape }: Case, threads: number): boolean {
  return task === "encode" || threads === 1 || shape.N * shape.d <= MOST_WEIGHTS;
}

/** Takes the comparisons of one lowering on some threads, in a process of their own. */
async function measure(job: Omit<ScreeningJob, "results">, folder: string): Promise<Comparison[]> {
  const whole: ScreeningJob = { ...job, results: `${folder}/results.json` };
  await Deno.writeTextFile(`${folder}/job.json`, JSON.stringify(whole));
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", ...job.lowering.vnni ? [] : ["--v8-flags=--no-enable-avx-vnni"]],
      ...[new URL("measure.ts", import.meta.url).href, `${folder}/job.json`],
    ],
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error(`Cannot compare with screening: a process ended with ${code}`);
  return JSON.parse(await Deno.readTextFile(whole.results));
}

/**
 * Takes all comparisons of a plan.
 *
 * @throws {Error} if a result with screening differs from the one without.
 */
export async function runPlan(
  { kind, lowerings, threads, cases, effort, backend }: Plan,
): Promise<ScreeningResults> {
  const environment = await lookUpEnvironment();
  for (const line of environmentLines(environment)) console.log(line);
  const folder = await Deno.makeTempDir();
  const comparisons: Comparison[] = [];
  try {
    for (const lowering of lowerings) {
      for (const count of threads ?? (lowering === lowerings[0] ? [1, 2] : [1])) {
        const { tier, vnni } = lowering;
        const without = vnni || tier !== "relaxed" ? "" : " without AVX-VNNI";
        console.log(`\n${tier} SIMD${without}, ${count} thread${count > 1 ? "s" : ""}`);
        const job = {
          lowering,
          threads: count,
          cases: cases.filter((each) => fits(each, count)),
          effort,
          backend,
        };
        comparisons.push(...await measure(job, folder));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  // The rate of each comparison: a slow moment shows in the variant that does not screen.
  const rates = comparisons.map(({ rounds }) => rounds.map(({ plain }) => 1 / plain));
  return { kind, environment: withDisturbance(environment, rates), comparisons };
}

/** Prints a table, and writes the results where asked to. */
export async function finish(
  results: ScreeningResults,
  tables: readonly ((results: ScreeningResults) => string)[],
  json: string | undefined,
): Promise<void> {
  for (const table of tables) console.log(`\n${table(results)}`);
  if (json) await writeResults(json, results);
}
