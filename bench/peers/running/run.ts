/** What both benches do: options, problems, comparisons, report. */

import { type Command, InvalidArgumentError } from "commander";
import { type Bench, compare, type Failure, type Row } from "./comparison.ts";
import { makeOracle } from "../../harness/gate.ts";
import type { Entry } from "./participant.ts";
import type { Task } from "../../harness/peer.ts";
import { makeProblem, shapeOf } from "../../harness/problem.ts";
import { RateMeter } from "./rates.ts";
import { groupTitle, json, machine, markdown, rateLines, scaling, textTable } from "./report.ts";

/** Options of both benches. */
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
  "× dense, × sparse: how many times as long as the package's dense and sparse paths on as many threads.",
];

const words = (text: string) => text.split(",");

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number < Infinity)) throw new InvalidArgumentError("It must be positive.");
  return number;
}

/** Declares the options that both benches have. */
export function withOptions(command: Command, tasks: string): Command {
  return command
    .option(
      "--shapes <names>",
      "small, medium, large, ragged, joined by +, or B,d,N,active,P",
      (text) => text.split("+"),
      ["small"],
    )
    .option(
      "--densities <shares>",
      'shares of active latents; "active" is the shape\'s own',
      words,
      ["0.5", "0.05", "0.01"],
    )
    .option("--tasks <names>", "encode, forward, step", words, words(tasks))
    .option("--threads <counts>", "1, 2 or both", (text) => words(text).map(positive), [1, 2])
    .option("--peers <names>", "only these, besides the package", words)
    .option("--backend <name>", '"reference" tries the bench itself', "package")
    .option("--warmups <count>", "runs before the first sample", positive, 40)
    .option("--samples <count>", "timed runs", positive, 30)
    .option("--seconds <seconds>", "for each participant, a third for warm-ups", positive, 60)
    .option("--json <file>", "write all samples")
    .option("--markdown", "print the tables for a README too");
}

/** Compares and prints; the exit code is 1 if anybody was wrong or failed. */
export async function run(
  options: Options,
  entriesFor: (task: Task, threads: number, P: number) => readonly Entry[],
  remarks: readonly string[],
): Promise<void> {
  const facts = machine();
  for (const line of [...facts, ...remarks, ...NOTES]) console.log(line);
  using meter = await RateMeter.start(Math.max(...options.threads));
  const folder = await Deno.makeTempDir();
  const say = (text: string) => console.log(text);
  const bench: Bench = { meter, effort: options, folder, say };
  const groups: Row[][] = [], failures: Failure[] = [];
  try {
    for (const shapeName of options.shapes) {
      for (const share of options.densities) {
        const shape = shapeOf(shapeName);
        const density = share === "active" ? shape.active / shape.N : Number(share);
        const problem = makeProblem(shape, density);
        const oracle = makeOracle(problem);
        for (const task of options.tasks) {
          // The product costs the same whatever becomes of it.
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
  for (const text of new Set(groups.flat().map((row) => row.description))) console.log(text);
  if (options.markdown) console.log("\n" + markdown(facts, groups));
  if (options.json) await Deno.writeTextFile(options.json, json(facts, groups, failures));
  if (failures.length > 0) {
    console.error(`${failures.length} participants were wrong or failed: see above`);
    Deno.exitCode = 1;
  }
}

function report(rows: readonly Row[]): void {
  for (const line of ["", groupTitle(rows[0]), ...rateLines(rows), textTable(rows)]) {
    console.log(line);
  }
  for (const line of scaling(rows)) console.log(line);
}
