/**
 * Times the WebGPU backend on this machine's GPU: the encode against the measured multiply-add rate,
 * training steps over their floors, and the stages of a step. Needs no network and no packages:
 *
 *     deno run -A --no-config bench/gpu.ts --json gpu.json --export exported
 *     python3 bench/gpu/pytorch_cuda.py exported/*.safetensors --json pytorch.json
 *     deno run -R --no-config bench/gpu/render.ts gpu.json pytorch.json
 *
 * To time jax-js as well, if Deno's cache holds it, pass `--config bench/peers/deno.json` instead of
 * `--no-config`, and `--jax-js`. `--help` lists the options. Nothing is timed that does not pass the
 * gates; if anything fails, the exit code is 1.
 */
import { parseArgs } from "node:util";
import { createWebGpuBackend } from "../kernels/webgpu/backend.ts";
import { newDevice } from "../kernels/webgpu/device.ts";
import { compareShape } from "./gpu/comparison.ts";
import { checkSmall } from "./gpu/gates.ts";
import { DeviceRates } from "./gpu/rates.ts";
import { textReport } from "./gpu/report.ts";
import type { Comparison, GpuResults } from "./gpu/results.ts";
import { environmentLines, lookUpEnvironment } from "./harness/environment.ts";
import { writeResults } from "./harness/results_file.ts";
import { shapeOf, SHAPES } from "./gpu/shapes.ts";
import { Stopwatch } from "./gpu/stopwatch.ts";

const { values } = parseArgs({
  options: {
    shapes: { type: "string" },
    densities: { type: "string", default: "active" },
    samples: { type: "string" },
    "tile-side": { type: "string" },
    "jax-js": { type: "boolean", default: false },
    "no-wasm": { type: "boolean", default: false },
    export: { type: "string" },
    json: { type: "string" },
    commit: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`deno run -A --no-config bench/gpu.ts
  --shapes NAMES      ${Object.keys(SHAPES).join(", ")}, joined by +, or B,d,N,active,P
                      (small+medium+large+ragged on a GPU, tiny on a software adapter)
  --densities SHARES  of active latents, joined by a comma; "active" is the shape's own (active)
  --samples COUNT     rounds (30 on a GPU, 3 on a software adapter)
  --tile-side 8|16    tiles of this side instead of the probed one
  --jax-js            time jax-js on WebGPU too
  --no-wasm           do not compare with the WASM backend
  --export FOLDER     write a file for pytorch_cuda.py for each shape and density
  --json FILE         write the results
  --commit HASH       record this commit, on a machine without Git`);
  Deno.exit(0);
}

const environment = await lookUpEnvironment(values.commit);
for (const line of environmentLines(environment)) console.log(line);
const { device, description, software } = await newDevice();
const tileSide = values["tile-side"] as "8" | "16" | undefined;
const backend = await createWebGpuBackend({
  device,
  ...tileSide && { tileSide: Number(tileSide) as 8 | 16 },
});
const samples = Number(values.samples ?? (software ? 3 : 30));
const names = (values.shapes ?? (software ? "tiny" : "small+medium+large+ragged")).split("+");
const { tiles } = backend;
const sums = backend.subgroups ? "by subgroups" : "by workgroup memory";
console.log(`${description}, tiles ${tiles}, sums ${sums}`);
if (software) {
  console.log(
    "A SOFTWARE ADAPTER: this run proves only that the bench works. Its times say nothing about a GPU.",
  );
}

for (const line of await checkSmall(backend)) console.log(`right  ${line}`);
const leastSeconds = software ? 0.02 : 0.3;
const stopwatch = await Stopwatch.start(backend, leastSeconds);
const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
const copyBytes = Math.min(software ? 2 ** 24 : 2 ** 28, 2 ** Math.floor(Math.log2(most)));
const comparisons: Comparison[] = [];
{
  using rates = await DeviceRates.start(device, stopwatch, copyBytes);
  for (const name of names) {
    for (const share of values.densities!.split(",")) {
      const shape = shapeOf(name);
      const comparison = await compareShape({
        backend,
        rates,
        stopwatch,
        samples,
        software,
        name,
        shape,
        density: share === "active" ? shape.active / shape.N : Number(share),
        jaxJs: values["jax-js"]!,
        wasm: !values["no-wasm"],
        exportTo: values.export,
      });
      comparisons.push(comparison);
      console.log(textReport(comparison, software));
    }
  }
}
const results: GpuResults = {
  kind: "webgpu",
  environment,
  adapter: description,
  software,
  tiles,
  comparisons,
};
if (values.json) await writeResults(values.json, results);
backend[Symbol.dispose]();
device.destroy();
const failed = comparisons.flatMap(({ failures }) => Object.entries(failures));
for (const [who, why] of failed) console.error(`FAILED ${who}: ${why}`);
// Workers that jax-js has left behind would keep the process alive.
Deno.exit(failed.length > 0 ? 1 : 0);
