/**
 * Times training over ranks: a step on one rank and on two, with its time in communication; messages between two ranks;
 * and what one rank of a large job computes, from which bench/mpi/prediction.ts predicts its steps. Needs MPI and two
 * cores that are otherwise idle:
 *
 *     deno task bench:mpi --json mpi.json
 *     deno task bench:mpi --family MPICH --activations topk --no-large
 *
 * Nothing is timed whose losses are not those of one rank. In each round one rank and two take turns.
 */
import { parseArgs } from "node:util";
import { mpiFamilies, mpirun } from "../tests/distributed/mpirun.ts";
import { environmentLines, lookUpEnvironment } from "./harness/environment.ts";
import { shapeOf } from "./harness/problem.ts";
import { writeResults } from "./harness/results_file.ts";
import { GRIDS, LARGE, timeCompute } from "./mpi/compute_times.ts";
import type { RankJob, RankResults } from "./mpi/job.ts";
import type { MpiResults, RankCompute, StepTimes } from "./mpi/results.ts";
import { messageTimesTable, predictionTable, speedupTable } from "./mpi/tables.ts";

const { values } = parseArgs({
  options: {
    family: { type: "string", default: "Open MPI" },
    shape: { type: "string", default: "medium" },
    activations: { type: "string", default: "topk,relu" },
    warmups: { type: "string", default: "5" },
    samples: { type: "string", default: "30" },
    large: { type: "boolean", default: true },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (values.help) {
  console.log(`deno task bench:mpi
  --family NAME         "Open MPI" or "MPICH" (Open MPI)
  --shape NAME          small, medium, large, or B,d,N,active,P (medium)
  --activations NAMES   topk, relu or both (topk,relu)
  --warmups COUNT       rounds before the first sample (5)
  --samples COUNT       rounds (30)
  --no-large            leave out the computation of large jobs, and the predictions
  --json FILE           write the results`);
  Deno.exit(0);
}
const family = mpiFamilies.find(({ name }) => name === values.family);
if (!family) throw new RangeError(`Cannot use the family "${values.family}": Open MPI or MPICH`);
if (family.missing) throw new Error(`Cannot time ranks: ${family.missing}`);

const environment = await lookUpEnvironment();
for (const line of environmentLines(environment)) console.log(line);
const folder = await Deno.makeTempDir();
try {
  const job: RankJob = {
    shape: shapeOf(values.shape),
    activations: values.activations.split(",") as StepTimes["activation"][],
    warmups: Number(values.warmups),
    samples: Number(values.samples),
    folder,
    results: `${folder}/results.json`,
  };
  await Deno.writeTextFile(`${folder}/job.json`, JSON.stringify(job));
  const { href } = new URL("mpi/rank.ts", import.meta.url);
  const { code, stderr } = await mpirun(
    family,
    2,
    ["run", "-A", href, `${folder}/job.json`],
    { timeout: 3600 },
  );
  if (code !== 0) throw new Error(`Cannot time ranks: they ended with status ${code}\n${stderr}`);
  const measured: RankResults = JSON.parse(await Deno.readTextFile(job.results));
  const ranks: RankCompute[] = [];
  for (const grid of values.large ? GRIDS : []) ranks.push(await timeCompute(LARGE, grid, 3));
  const compute = { shape: LARGE, ranks };
  const results: MpiResults = { kind: "mpi", environment, ...measured, compute };
  for (const { activation, gate } of results.steps) console.log(`right  ${activation}: ${gate}`);
  for (const table of [speedupTable, messageTimesTable, ...values.large ? [predictionTable] : []]) {
    console.log(`\n${table(results)}`);
  }
  if (values.json) await writeResults(values.json, results);
} finally {
  await Deno.remove(folder, { recursive: true });
}
