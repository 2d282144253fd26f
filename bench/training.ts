/**
 * Times README's training command with and without screening, and the same training in PyTorch, in turns:
 *
 *     deno task bench:training --data residual.safetensors --json training.json
 *     deno task bench:training --data residual.safetensors --steps 300 --rounds 1     tries the bench
 *
 * The data are those of `deno task figures`. All runs of the package must write the same `sae.safetensors`, and PyTorch's
 * must come as close to the data. Needs Debian's python3-torch and libopenblas0; `--no-pytorch` does without.
 */
import { parseArgs } from "node:util";
import { lookUpEnvironment, withDisturbance } from "./harness/environment.ts";
import { writeResults } from "./harness/results_file.ts";
import { median } from "./harness/statistics.ts";
import {
  type Outcome,
  TRAINED_ROWS,
  type Training,
  trainPackage,
  trainPyTorch,
} from "./training/participants.ts";
import type { TrainingResults } from "./training/results.ts";
import { trainingTable } from "./training/table.ts";

/** The largest ratio of the FVUs of two ways of training at the same L0. */
const FVU_TOLERANCE = 1.15;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    steps: { type: "string", default: "2500" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "1,2" },
    pytorch: { type: "boolean", default: true },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (values.help || values.data === undefined) {
  console.log(`deno task bench:training --data FILE
  --data FILE           the activations that the pages describe
  --steps COUNT         steps of a run (2500)
  --rounds COUNT        runs of each way of training (3)
  --threads COUNTS      1, 2 or both (1,2)
  --no-pytorch          leave PyTorch out
  --json FILE           write the results`);
  Deno.exit(values.help ? 0 : 2);
}
const data = await Deno.realPath(values.data);

/** A way of training. */
interface Way {
  readonly label: string;
  readonly threads: number;
  train(training: Training): Promise<Outcome>;
}

const ways = values.threads.split(",").map(Number).flatMap((threads): Way[] => [
  { label: "@matryoshka/sae", threads, train: (each) => trainPackage(each, []) },
  {
    label: "@matryoshka/sae, not screened",
    threads,
    train: (each) => trainPackage(each, ["--screening", "off"]),
  },
  ...values.pytorch ? [{ label: "PyTorch, as published", threads, train: trainPyTorch }] : [],
]);
const environment = await lookUpEnvironment();
const outcomes = new Map<Way, Outcome[]>(ways.map((way) => [way, []]));
const folder = await Deno.makeTempDir();
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, way] of ways.entries()) {
      const { threads } = way;
      const training = {
        data,
        steps: Number(values.steps),
        threads,
        folder: `${folder}/${round}-${i}`,
      };
      const outcome = await way.train(training);
      outcomes.get(way)!.push(outcome);
      console.log(
        `${way.label}, ${threads} thread${threads > 1 ? "s" : ""}: ${outcome.seconds.toFixed(1)} s`,
      );
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
const all = [...outcomes.values()].flat();
const digests = new Set(all.flatMap(({ digest }) => digest ?? []));
if (digests.size > 1) throw new Error("Cannot compare training runs: the package's files differ");
const fvus = all.map(({ fvu }) => fvu);
if (!(Math.max(...fvus) <= FVU_TOLERANCE * Math.min(...fvus))) {
  throw new Error(`Cannot compare training runs: their FVU is ${fvus.join(", ")}`);
}
const results: TrainingResults = {
  kind: "training",
  environment: withDisturbance(
    environment,
    [...outcomes.values()].map((runs) => runs.map(({ seconds }) => 1 / seconds)),
  ),
  rows: TRAINED_ROWS,
  steps: Number(values.steps),
  runs: [...outcomes].map(([{ label, threads }, runs]) => {
    const seconds = runs.map((run) => run.seconds);
    return { ...runs.at(-1)!, label, threads, seconds, median: median(seconds) };
  }),
};
console.log(`\n${trainingTable(results)}`);
if (values.json) await writeResults(values.json, results);
