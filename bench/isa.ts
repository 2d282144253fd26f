/**
 * Compiles the WebGPU kernels for GPUs that are not there, by Mesa's compiler for AMD, and shows what machine code they
 * become. Nothing runs, and no time is measured. `--help` lists the options.
 *
 * Needs Linux and Debian's mesa-vulkan-drivers, libvulkan1, libvulkan-dev, gcc and libc6-dev.
 */
import { parseArgs } from "node:util";
import { compile } from "./gpu/isa/compile.ts";
import { figuresOf } from "./gpu/isa/figures.ts";
import { listingOf } from "./gpu/isa/listing.ts";
import { type Gpu, GPUS, mesaVersion, whyNotCompiled } from "./gpu/isa/null_device.ts";
import { readRecorded, RECORDED, TINT_GPU, writeRecorded } from "./gpu/isa/recorded.ts";
import { differences, forTerminal } from "./gpu/isa/table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gpu: { type: "string" },
    only: { type: "string", default: "" },
    listing: { type: "boolean", default: false },
    keep: { type: "string" },
    dawn: { type: "string" },
    record: { type: "boolean", default: false },
    compare: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`deno task bench:isa [what …]
  what             shaders with values, such as "encode SIDE=16 COMPACT=true", or scripts (.ts) that make pipelines;
                   by default the training steps
  --gpu NAME       ${Object.keys(GPUS).join(" or ")}; by default both
  --only TEXT      only pipelines whose label contains this
  --listing        the machine code of the step that each pipeline repeats
  --keep FOLDER    keep SPIR-V, NIR and machine code of each pipeline, in a folder per GPU
  --dawn FOLDER    compile by Chromium's Tint instead of Deno's naga, for ${TINT_GPU} unless --gpu says otherwise;
                   the folder is that of npm's package webgpu, such as out/runtimes/tools-…/node_modules/webgpu
  --compare        only what differs from the recorded tables
  --record         write the recorded tables, ${RECORDED}`);
  Deno.exit(0);
}

const missing = whyNotCompiled();
if (missing !== undefined) {
  console.error(`Cannot compile for a GPU: ${missing}`);
  Deno.exit(1);
}
if (values.record && (values.only !== "" || positionals.length > 0)) {
  console.error("Cannot record a part of the table: --record goes without --only and pipelines");
  Deno.exit(1);
}
const gpus = Object.keys(GPUS) as Gpu[];
if (values.gpu !== undefined && !(values.gpu in GPUS)) {
  console.error(`Cannot compile: --gpu must be ${gpus.join(" or ")} but is ${values.gpu}`);
  Deno.exit(1);
}
const { dawn } = values;
const byDefault = dawn === undefined ? gpus : [TINT_GPU];
for (const gpu of values.gpu === undefined ? byDefault : [values.gpu as Gpu]) {
  const keep = values.keep && `${values.keep}/${gpu}`;
  const compiled = await compile(gpu, { what: positionals, keep, dawn });
  const shown = compiled.filter(({ label }) => label.includes(values.only));
  const table = new Map(shown.map((one) => [one.label, figuresOf(one)]));
  const mesa = await mesaVersion();
  console.log(`\n${GPUS[gpu]} (${gpu}), Mesa ${mesa}`);
  if (values.compare) {
    const lines = differences(readRecorded(gpu, dawn === undefined ? "naga" : "tint").table, table);
    console.log(lines.join("\n") || "no figure differs");
  } else console.log(forTerminal(table));
  if (values.listing) {
    for (const one of shown) console.log(`\n${one.label}\n${listingOf(one)}`);
  }
  if (values.record) await writeRecorded(gpu, table, mesa, dawn);
}
