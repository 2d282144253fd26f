/** The course of a bench on the CPU: options, problems, comparisons, report. */

import { type Command, InvalidArgumentError } from "commander";
import { type Bench, compare } from "./comparison.ts";
import { environmentLines, lookUpEnvironment, withDisturbance } from "../../harness/environment.ts";
import { makeOracle } from "../../harness/gate.ts";
import type { Task } from "../../harness/peer.ts";
import { makeProblem, shapeOf } from "../../harness/problem.ts";
import { writeResults } from "../../harness/results_file.ts";
import { RateMeter } from "./rates.ts";
import { descriptions, groupTitle, markdown, rateLines, scaling } from "./report.ts";
import type { CpuResults, Entry, Failure, Row } from "./rows.ts";
import { textTable } from "./table.ts";

/** Options of every bench on the CPU. */
export interface Options {
  readonly shapes: string[];
  readonly densities: string[];
  readonly tasks: Task[];
  readonly threads: number[];
  readonly peers?: string[];
  readonly backend: "package" | "reference";
  readonly warmups: number;
  readonly samples: number;
  readonly seconds: number;
  readonly json?: string;
  readonly markdown?: boolean;
}

const NOTES = [
  "F is the rate of 128-bit multiply-adds in WebAssembly, which native code with wider vectors may exceed.",
  "× dense, × sparse: the time divided by that of the package's dense or sparse algorithm on as many threads.",
];

const words = (text: string) => text.split(",");

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number < Infinity)) throw new InvalidArgumentError("It must be positive.");
  return number;
}

/** Declares the options, with the default tasks. */
export function withOptions(command: Command, tasks: readonly Task[]): Command {
  return command
    .option(
      "--shapes <names>",
      "small, medium, large, ragged, joined by +, or B,d,N,active,P",
      (text) => text.split("+"),
      ["medium"],
    )
    .option(
      "--densities <shares>",
      'shares of active latents; "active" is the shape\'s own',
      words,
      ["active"],
    )
    .option("--tasks <names>", "encode, forward, step", words, [...tasks])
    .option("--threads <counts>", "1, 2 or both", (text) => words(text).map(positive), [1, 2])
    .option("--peers <names>", "only these besides the package", words)
    .option("--backend <name>", '"reference" tries the bench itself', "package")
    .option("--warmups <count>", "runs before the first sample", positive, 40)
    .option("--samples <count>", "timed runs", positive, 30)
    .option(
      "--seconds <seconds>",
      "time for each participant, a third of it for warm-ups",
      positive,
      60,
    )
    .option("--json <file>", "write the results")
    .option("--markdown", "print the tables as Markdown too");
}

/** Compares and prints. The exit code is 1 if a participant was wrong or failed. */
export async function run(
  options: Options,
  entriesFor: (task: Task, threads: number, P: number) => readonly Entry[],
  remarks: readonly string[],
): Promise<void> {
  const environment = await lookUpEnvironment();
  for (const line of [...environmentLines(environment), ...remarks, ...NOTES]) console.log(line);
  using meter = await RateMeter.start(Math.max(...options.threads));
  const folder = await Deno.makeTempDir();
  const say = (text: string) => console.log(text);
  const bench: Bench = { meter, effort: options, folder, say };
  const groups: Row[][] = [];
  const failures: Failure[] = [];
  try {
    for (const shapeName of options.shapes) {
      for (const share of options.densities) {
        const shape = shapeOf(shapeName);
        const density = share === "active" ? shape.active / shape.N : Number(share);
        const problem = makeProblem(shape, density);
        const oracle = makeOracle(problem);
        for (const task of options.tasks) {
          // The product costs the same at every density.
          if (task === "encode" && share !== options.densities[0]) continue;
          const entries = options.threads
            .flatMap((threads) => entriesFor(task, threads, shape.P))
            .filter(({ peer }) =>
              peer === options.backend || (options.peers?.includes(peer) ?? true)
            );
          say(`\n${task}, shape ${shapeName}, ${share} of latents active`);
          const result = await compare(bench, task, problem, oracle, entries);
          groups.push(result.rows);
          failures.push(...result.failures);
          if (result.rows.length > 0) report(result.rows);
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const rows = groups.flat();
  for (const text of descriptions(rows)) console.log(text);
  if (options.markdown) console.log("\n" + markdown(environmentLines(environment), groups));
  const results: CpuResults = {
    kind: "cpu",
    environment: withDisturbance(environment, ratesByThreads(rows)),
    rows,
    failures,
  };
  if (options.json) await writeResults(options.json, results);
  if (failures.length > 0) {
    console.error(`participants that were wrong or failed: ${failures.length}, see above`);
    Deno.exitCode = 1;
  }
}

/** Returns F around every sample, in a list for each number of threads. */
function ratesByThreads(rows: readonly Row[]): Iterable<number[]> {
  const lists = Map.groupBy(
    rows.flatMap(({ entry, samples }) =>
      samples.map(({ rates }) => ({ threads: entry.threads, flops: rates.flops }))
    ),
    ({ threads }) => threads,
  );
  return lists.values().map((list) => list.map(({ flops }) => flops));
}

function report(rows: readonly Row[]): void {
  for (const line of ["", groupTitle(rows[0]), ...rateLines(rows), textTable(rows)]) {
    console.log(line);
  }
  for (const line of scaling(rows)) console.log(line);
}
