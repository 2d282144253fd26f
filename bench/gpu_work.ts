/**
 * Counts what training steps on WebGPU submit, dispatch, bind and hold, on a device that is not there: no GPU is needed,
 * only what `bench/isa.ts` needs.
 *
 *     deno task bench:gpuwork                  prints the counts
 *     deno task bench:gpuwork --record         writes them to bench/results, for docs/gpu.md
 */
import { parseArgs } from "node:util";
import { denoCommand, runOnNullDriver, whyNotCompiled } from "./gpu/isa/null_device.ts";
import { shapeOf } from "./gpu/shapes.ts";
import { lineOf } from "./gpu/work/tables.ts";
import type { CountedStep, WorkResults } from "./gpu/work/counted.ts";
import { lookUpEnvironment } from "./harness/environment.ts";
import { writeResults } from "./harness/results_file.ts";

/** Where a tenth of the latents are active, lists of codes are as large as they ever are. */
const DEFAULT_SHAPES = ["medium", "1024,512,8192,819,10", "large", "huge"];

const { values } = parseArgs({
  options: {
    shapes: { type: "string", default: DEFAULT_SHAPES.join("+") },
    record: { type: "boolean", default: false },
  },
});
const missing = whyNotCompiled();
if (missing !== undefined) {
  console.error(`Cannot count the work of a step: ${missing}`);
  Deno.exit(1);
}
const script = new URL("gpu/work/count_steps.ts", import.meta.url);
const environment = await lookUpEnvironment();
const shapes: WorkResults["shapes"][number][] = [];
for (const name of values.shapes.split("+")) {
  const shape = shapeOf(name);
  const { B, d, N, active, P } = shape;
  const printed = await runOnNullDriver(
    "gfx1100",
    denoCommand(script, [[B, d, N, active, P].join()]),
  );
  const steps: CountedStep[] = JSON.parse(printed.trim().split("\n").at(-1)!);
  shapes.push({ shape, steps });
  for (const step of steps) console.log(`${name}, ${lineOf(step)}`);
}
const results: WorkResults = { kind: "webgpu-work", environment, shapes };
if (values.record) {
  await writeResults(`bench/results/${environment.date}-webgpu-work.json`, results);
}
