/**
 * Compiles the WebGPU kernels for GPUs that are not there, by Mesa's compiler for AMD, and shows what machine code they
 * become. Nothing runs, and no time is measured. `--help` lists the options.
 *
 * Needs Linux and Debian's mesa-vulkan-drivers, libvulkan1, libvulkan-dev, gcc and libc6-dev.
 */
import { parseArgs } from "node:util";
import { compile } from "./gpu/isa/compile.ts";
import { dawnFolder } from "./gpu/isa/dawn.ts";
import { figuresOf } from "./gpu/isa/figures.ts";
import { listingOf } from "./gpu/isa/listing.ts";
import { type Gpu, GPUS, mesaVersion, whyNotCompiled } from "./gpu/isa/null_device.ts";
import {
  compilerName,
  readRecorded,
  RECORDED,
  TINT_GPU,
  writeRecorded,
} from "./gpu/isa/recorded.ts";
import { differences, forTerminal } from "./gpu/isa/table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gpu: { type: "string" },
    only: { type: "string", default: "" },
    listing: { type: "boolean", default: false },
    keep: { type: "string" },
    tint: { type: "boolean", default: false },
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
  --tint           compile by Chromium's Tint instead of Deno's naga, for ${TINT_GPU} by default
  --compare        only what differs from the recorded tables
  --record         write the recorded tables, those of Tint included, ${RECORDED}, and those of docs/gpu.md`);
  Deno.exit(0);
}

const missing = whyNotCompiled();
if (missing !== undefined) {
  console.error(`Cannot compile for a GPU: ${missing}`);
  Deno.exit(1);
}
const partial = values.only !== "" || values.gpu !== undefined || positionals.length > 0;
if (values.record && partial) {
  console.error("Cannot record a part: --record goes without --gpu, --only and pipelines");
  Deno.exit(1);
}
const gpus = Object.keys(GPUS) as Gpu[];
if (values.gpu !== undefined && !(values.gpu in GPUS)) {
  console.error(`Cannot compile: --gpu must be ${gpus.join(" or ")} but is ${values.gpu}`);
  Deno.exit(1);
}

/** Compiles for a GPU, shows what was asked for, and records it. */
async function present(gpu: Gpu, dawn?: string): Promise<void> {
  const keep = values.keep && `${values.keep}/${gpu}`;
  const compiled = await compile(gpu, { what: positionals, keep, dawn });
  const shown = compiled.filter(({ label }) => label.includes(values.only));
  const table = new Map(shown.map((one) => [one.label, figuresOf(one)]));
  const mesa = await mesaVersion();
  console.log(`\n${GPUS[gpu]} (${gpu}), ${await compilerName(mesa, dawn)}`);
  if (values.record) await writeRecorded(gpu, table, mesa, dawn);
  if (values.compare) {
    const recorded = readRecorded(gpu, dawn === undefined ? "naga" : "tint");
    console.log(differences(recorded.table, table).join("\n") || "no figure differs");
  } else console.log(forTerminal(table));
  if (!values.listing) return;
  for (const one of shown) console.log(`\n${one.label}\n${listingOf(one)}`);
}

const asked = values.gpu === undefined ? undefined : values.gpu as Gpu;
if (!values.tint) { for (const gpu of asked ? [asked] : gpus) await present(gpu); }
if (values.tint || values.record) await present(asked ?? TINT_GPU, await dawnFolder());
if (values.record) {
  const args = ["run", "-R", "-W", new URL("results/write_tables.ts", import.meta.url).pathname];
  const { success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  if (!success) Deno.exit(1);
}
