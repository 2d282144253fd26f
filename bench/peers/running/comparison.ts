/** One comparison: one problem, one task, everybody who can do it. */

import { writeInputs } from "./files.ts";
import { floorOf, flopsOf } from "../../harness/floors.ts";
import { judge, type Oracle } from "../../harness/gate.ts";
import { type Entry, Participant } from "./participant.ts";
import type { Job, Task } from "../../harness/peer.ts";
import { type Problem, STEP } from "../../harness/problem.ts";
import type { RateMeter } from "./rates.ts";
import { median } from "../../harness/statistics.ts";
import { type Effort, type Sample, takeSamples } from "./rounds.ts";

/** A line of the table. */
export interface Row {
  readonly task: Task;
  readonly shape: Problem["shape"];
  /** Measured share of active latents. */
  readonly density: number;
  readonly entry: Entry;
  /** Library, version, instructions, threads. */
  readonly description: string;
  /** Relative errors found by the gate. */
  readonly errors: string;
  /** Milliseconds of the first run, with all that happens once. */
  readonly firstMs: number;
  readonly samples: readonly Sample[];
  /** Median milliseconds. */
  readonly ms: number;
  readonly gigaflops: number;
  /** Median over the samples of the time over the floor at the rates around it. */
  readonly overFloor: number;
  /** Medians of F and W around the samples. */
  readonly rates: { readonly gigaflops: number; readonly gigabytes: number };
}

/** Who could not be timed, and why. */
export interface Failure {
  readonly task: Task;
  readonly entry: Entry;
  readonly why: string;
}

/** What the comparisons share. */
export interface Bench {
  readonly meter: RateMeter;
  readonly effort: Effort;
  readonly folder: string;
  say(text: string): void;
}

/** Runs and gates everybody, then takes the samples. */
export async function compare(
  { meter, effort, folder, say }: Bench,
  task: Task,
  problem: Problem,
  oracle: Oracle,
  entries: readonly Entry[],
): Promise<{ rows: Row[]; failures: Failure[] }> {
  const { shape } = problem;
  const density = oracle.active / (shape.B * shape.N);
  const inputs = `${folder}/inputs.safetensors`;
  await writeInputs(inputs, problem.parameters, problem.batch);
  const failures: Failure[] = [];
  const admitted = new Map<Participant, Pick<Row, "description" | "errors" | "firstMs">>();
  await using processes = new AsyncDisposableStack();
  for (const entry of entries) {
    const participant = processes.use(new Participant(entry));
    const prefixes = entry.P === 1 ? [shape.N] : problem.prefixes;
    const { algorithm } = entry;
    const job: Job = {
      ...shape,
      task,
      prefixes,
      active: oracle.active,
      algorithm,
      constants: STEP,
    };
    const title = titleOf(entry);
    try {
      const description = await participant.describe();
      const { ms: firstMs, outcome } = await participant.first(job, inputs, folder);
      const { passed, text } = await judge(task, outcome, problem, prefixes, oracle);
      say(`  ${passed ? "right" : "WRONG"}  ${title}: relative errors ${text}`);
      if (passed) admitted.set(participant, { description, errors: text, firstMs });
      else failures.push({ task, entry, why: `mismatch: ${text}` });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`  FAILED ${title}: ${why}`);
      failures.push({ task, entry, why });
    }
  }
  const rows: Row[] = [];
  for (const [participant, samples] of await takeSamples([...admitted.keys()], meter, effort)) {
    const { entry } = participant;
    if (samples instanceof Error) {
      say(`  FAILED ${titleOf(entry)}: ${samples.message}`);
      failures.push({ task, entry, why: samples.message });
      continue;
    }
    const { algorithm, P } = entry;
    const work = { task, shape, active: oracle.active, algorithm, P };
    const ms = median(samples.map((sample) => sample.ms));
    const floors = samples.map((sample) => sample.ms / 1000 / floorOf(work, sample.rates));
    rows.push({
      ...{ task, shape, density, entry, ...admitted.get(participant)!, samples, ms },
      gigaflops: flopsOf(work) / ms / 1e6,
      overFloor: median(floors),
      rates: {
        gigaflops: median(samples.map(({ rates }) => rates.flops)) / 1e9,
        gigabytes: median(samples.map(({ rates }) => rates.bytes)) / 1e9,
      },
    });
  }
  return { rows, failures };
}

/** A participant's name with its settings. */
export function titleOf({ label, algorithm, threads, P }: Entry): string {
  return `${label}, ${algorithm}, P = ${P}, ${threads} thread${threads > 1 ? "s" : ""}`;
}

/**
 * How many times as long `row` takes as `base`: the median over the rounds that both were in, so
 * that a slow moment weighs on both.
 */
export function ratio(row: Row, base: Row): number {
  const of = new Map(base.samples.map(({ round, ms }) => [round, ms]));
  const paired = row.samples.filter(({ round }) => of.has(round));
  return median(paired.map(({ round, ms }) => ms / of.get(round)!));
}
