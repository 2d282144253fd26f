/** Compares the participants on one problem and one task. */

import { writeInputs } from "./files.ts";
import { floorOf, flopsOf } from "../../harness/floors.ts";
import { judge, type Oracle } from "../../harness/gate.ts";
import { Participant } from "./participant.ts";
import type { Job, Task } from "../../harness/peer.ts";
import { type Problem, STEP } from "../../harness/problem.ts";
import type { RateMeter } from "./rates.ts";
import { median } from "../../harness/statistics.ts";
import { type Effort, takeSamples } from "./rounds.ts";
import { type Entry, type Failure, type Row, titleOf } from "./rows.ts";

/** What all comparisons of a run share. */
export interface Bench {
  readonly meter: RateMeter;
  readonly effort: Effort;
  readonly folder: string;
  say(text: string): void;
}

/** Gates every participant by its first run, then takes samples of those that passed. */
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
    const { algorithm, screening } = entry;
    const job: Job = {
      ...shape,
      task,
      prefixes,
      active: oracle.active,
      algorithm,
      ...screening && { screening },
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
