/**
 * Prints the results of a sweep.
 *
 * @module
 */
import { describeError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { duration, formatNumber, textTable } from "../terminal/text.ts";
import { deadAfterSteps } from "../training/verdict.ts";
import type { FinishedRun } from "./measured_runs.ts";
import type { SweepArguments } from "./sweep_arguments.ts";

/** Prints a table of all runs to stdout, or their records as JSON; warnings go to stderr. */
export function printSweep({ json }: SweepArguments, runs: readonly FinishedRun[]): void {
  if (json) {
    const records = runs.map(({ run: { name }, saved, measured }) => ({
      name,
      ...saved?.record,
      evaluation: measured?.heldOut ? measured.evaluation : undefined,
    }));
    console.log(jsonText({ runs: records }));
  } else if (runs.some(({ saved }) => saved)) {
    console.log(textTable(
      ["run", "steps", "FVU", "first prefix", "its FVU", "L0", "dead latents", "time"],
      runs.flatMap(rowOf),
    ));
    console.log(`Figures of ${placesOf(runs)}`);
  }
  for (const { run, saved } of runs) {
    for (const { message } of saved?.warnings ?? []) {
      console.error(`Warning: run ${run.name}: ${message}`);
    }
    if (saved?.checkpoint !== undefined) console.error(`Wrote ${saved.checkpoint}`);
    else if (saved !== undefined && saved.folder !== run.folder) {
      console.error(`Wrote ${saved.paths.join(" and ")}`);
      console.error(
        `The run in ${run.args.out} stays: this one failed. --force-failed replaces it`,
      );
    }
  }
}

/** Prints the errors of runs; one that several have is printed once. */
export function printErrors(runs: readonly FinishedRun[]): void {
  const named = new Map<string, string[]>();
  for (const { run, error } of runs) {
    if (error === undefined) continue;
    const text = describeError(error);
    named.set(text, [...named.get(text) ?? [], run.name]);
  }
  for (const [text, names] of named) console.error(`Run ${names.join(", ")}: ${text}`);
}

function rowOf({ run, result, measured }: FinishedRun): string[][] {
  const last = result?.metrics.at(-1);
  if (last === undefined) return [];
  const { perPrefix, deadLatents } = measured?.evaluation ?? last;
  const full = perPrefix.at(-1)!, first = perPrefix[0];
  const isKnown = measured || last.step >= deadAfterSteps(run.settings, run.args.batch);
  const seconds = run.earlier.seconds + result!.seconds;
  return [[
    run.name,
    `${run.trainer.stepCount}`,
    formatNumber(full.fvu),
    `${first.prefix}`,
    formatNumber(first.fvu),
    formatNumber(full.l0),
    isKnown ? `${deadLatents}` : "unknown",
    duration(seconds),
  ]];
}

/** Says on which rows the figures were measured. */
function placesOf(runs: readonly FinishedRun[]): string {
  const places = runs.filter(({ result }) => result?.metrics.length).map(({ measured }) => {
    if (measured === undefined) return "the last batch";
    const { heldOut, evaluation: { rows } } = measured;
    return heldOut ? `${rows} rows held out` : `the last ${rows} rows of those trained on`;
  });
  return [...new Set(places)].join(" or ");
}
