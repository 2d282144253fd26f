/**
 * Takes README's training run apart: milliseconds of each kernel and of the host's work, for the dense steps at the
 * start, the sparse ones after them, and the last thousand.
 *
 *     deno task bench:costs --data residual.safetensors --json costs.json
 *
 * Kernels are timed one by one, so that the sum is a little more than a step takes. A second run does not screen.
 */
import { parseArgs } from "node:util";
import { createBackend, ShuffledActivations, type StepMetrics, Trainer } from "../../mod.ts";
import { openFile } from "../../entries/files.ts";
import { lookUpEnvironment } from "../harness/environment.ts";
import { writeResults } from "../harness/results_file.ts";
import { TimedBackend } from "../harness/timed_backend.ts";
import { costsTable } from "./costs_table.ts";
import { SIZES } from "./participants.ts";
import type { CostsResults, Phase } from "./results.ts";

/** The first of the steps of the last phase, as a share of all. */
const LAST = 0.6;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    steps: { type: "string", default: "2500" },
    json: { type: "string" },
  },
});
if (values.data === undefined) {
  console.error("deno task bench:costs --data FILE [--steps COUNT] [--json FILE]");
  Deno.exit(2);
}
const steps = Number(values.steps);

/** Metrics, with candidates per row if the step screened. */
type Screened = StepMetrics & { readonly screening?: { readonly candidates: number } };

/** Trains, and adds up costs until the algorithm changes or the last phase begins. */
async function costsOf(path: string, screening: "auto" | "off"): Promise<Phase[]> {
  await using file = await openFile(path);
  using backend = new TimedBackend(await createBackend("wasm"));
  const { rows, batch: batchRows, latents: latentCount, prefixes, targetL0 } = SIZES;
  const shuffle = {
    rows: { from: 0, to: rows },
    batchRows,
    bufferRows: rows,
    dtype: "F16",
  } as const;
  const batches = await ShuffledActivations.open([file], shuffle);
  const { inputSize } = batches.state().options;
  using trainer = await Trainer.create(backend, {
    inputSize: Number(inputSize),
    latentCount,
    steps,
    prefixCount: prefixes,
    targetL0,
    ...screening === "off" && { screening },
  });
  const phases: Phase[] = [];
  let from = 0, data = 0, step = 0;
  let { algorithm } = trainer;
  const close = async (to: number) => {
    const kernels = Object.fromEntries(
      [...backend.times].map(([name, { ms }]) => [name, ms / (to - from)]),
    );
    const inKernels = Object.values(kernels).reduce((sum, ms) => sum + ms, 0);
    const { l0, screening: screened }: Screened = await trainer.metrics();
    const host = step / (to - from) - inKernels;
    const costs = { data: data / (to - from), host, kernels };
    phases.push({ screening, algorithm, from, to, l0, candidates: screened?.candidates, ...costs });
    backend.reset();
    [from, data, step] = [to, 0, 0];
  };
  for (let s = 0; s < steps; s++) {
    if (trainer.algorithm !== algorithm || s === Math.round(LAST * steps)) {
      await close(s);
      algorithm = trainer.algorithm;
    }
    const start = performance.now();
    const batch = await batches.next();
    const drawn = performance.now();
    await trainer.step(batch);
    data += drawn - start;
    step += performance.now() - drawn;
  }
  await close(steps);
  return phases;
}

const environment = await lookUpEnvironment();
const phases = [...await costsOf(values.data, "auto"), ...await costsOf(values.data, "off")];
const results: CostsResults = { kind: "costs", environment, phases };
console.log(costsTable(results));
if (values.json) await writeResults(values.json, results);
