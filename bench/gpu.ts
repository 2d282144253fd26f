/**
 * The WebGPU backend on this machine's GPU, in absolute figures: encode against the measured
 * multiply-add rate, training steps over their floors, and where the time goes. Needs no network and
 * no package:
 *
 *     deno run -A --no-config bench/gpu.ts --json gpu.json --export exported
 *     python3 bench/gpu/pytorch_cuda.py exported/*.safetensors --json pytorch.json
 *     deno run -R --no-config bench/gpu/render.ts gpu.json pytorch.json
 *
 * With jax-js beside it, if Deno's cache has it: `--config bench/peers/deno.json` instead of
 * `--no-config`, and `--jax-js`. `--help` lists the rest. Nothing is timed that does not pass the
 * gates; the exit code is then 1.
 */
import { parseArgs } from "node:util";
import { createWebGpuBackend } from "../kernels/webgpu/backend.ts";
import { newDevice } from "../kernels/webgpu/device.ts";
import { compareShape } from "./gpu/comparison.ts";
import { checkSmall } from "./gpu/gates.ts";
import { DeviceRates } from "./gpu/rates.ts";
import { textReport } from "./gpu/report.ts";
import type { Comparison, GpuResults } from "./gpu/results.ts";
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
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`deno run -A --no-config bench/gpu.ts
  --shapes NAMES      ${Object.keys(SHAPES).join(", ")}, joined by +, or B,d,N,active,P
                      (small+medium+large+ragged on a GPU, tiny on a software adapter)
  --densities SHARES  of active latents, joined by a comma; "active" is the shape's own (active)
  --samples COUNT     rounds (30 on a GPU, 3 on a software adapter)
  --tile-side 8|16    instead of the probed one
  --jax-js            time jax-js on WebGPU too
  --no-wasm           do not compare with the WASM backend
  --export FOLDER     write a file for pytorch_cuda.py for each shape and density
  --json FILE         write all figures`);
  Deno.exit(0);
}

const { device, description, software } = await newDevice();
const tileSide = values["tile-side"] as "8" | "16" | undefined;
const backend = await createWebGpuBackend({
  device,
  ...tileSide && { tileSide: Number(tileSide) as 8 | 16 },
});
const samples = Number(values.samples ?? (software ? 3 : 30));
const names = (values.shapes ?? (software ? "tiny" : "small+medium+large+ragged")).split("+");
const runtime = `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`;
const { tiles } = backend;
const sums = backend.subgroups ? "by subgroups" : "by workgroup memory";
console.log(`${description}, tiles ${tiles}, sums ${sums}, ${runtime}`);
if (software) {
  console.log(
    "A SOFTWARE ADAPTER: this proves that the bench runs. Its times are never performance.",
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
  adapter: description,
  software,
  tiles,
  runtime,
  comparisons,
};
if (values.json) await Deno.writeTextFile(values.json, JSON.stringify(results, null, 1) + "\n");
backend[Symbol.dispose]();
device.destroy();
const failed = comparisons.flatMap(({ failures }) => Object.entries(failures));
for (const [who, why] of failed) console.error(`FAILED ${who}: ${why}`);
// jax-js leaves workers behind that would keep the process alive.
Deno.exit(failed.length > 0 ? 1 : 0);
