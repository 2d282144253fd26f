/** The machine code that the kernels become on GPUs that are not there, against `bench/gpu/isa/recorded`. */

import { assert, assertEquals } from "@std/assert";
import { compile } from "../../bench/gpu/isa/compile.ts";
import { dawnFolder } from "../../bench/gpu/isa/dawn.ts";
import { figuresOf } from "../../bench/gpu/isa/figures.ts";
import { type Gpu, GPUS, mesaVersion, whyNotCompiled } from "../../bench/gpu/isa/null_device.ts";
import { compilerName, readRecorded, TINT_GPU } from "../../bench/gpu/isa/recorded.ts";
import { differences, type Table } from "../../bench/gpu/isa/table.ts";
import { named } from "../missing.ts";
import { whyNoTools } from "../runtimes/setup/tools.ts";

const RECORD = "deno task bench:isa --record";
/** Two groups of 256 threads on two SIMDs: fewer waves would leave a SIMD idle at barriers. */
const LEAST_WAVES = 8;
/** Kernels whose group is one wave of 64 lanes, which waits for no other at a barrier: three of them hide loads. */
const LONE_WAVES: Readonly<Record<string, number>> = { screened_dots: 6, screened_topk: 6 };

/** Shaders of the products, whose steps are to be multiply-adds and hardly anything else. */
const PRODUCTS =
  /^(encode|encode_active|encode_dead|prefix_residuals|activation_gradient|decoder_gradient) /;
const LEAST_SHARE = 0.95;

const missing = whyNotCompiled();
const mesa = missing === undefined ? await mesaVersion() : "";

async function tableOf(gpu: Gpu, dawn?: string): Promise<Table> {
  return new Map((await compile(gpu, { dawn })).map((one) => [one.label, figuresOf(one)]));
}

const tables = new Map<Gpu, Promise<Table>>();
function presentTable(gpu: Gpu): Promise<Table> {
  const known = tables.get(gpu) ?? tableOf(gpu);
  tables.set(gpu, known);
  return known;
}

/** Other versions of Mesa choose other registers and orders. */
function whyNotCompared(gpu: Gpu): string | undefined {
  const { compiler } = readRecorded(gpu);
  if (compiler.startsWith(`Mesa ${mesa},`)) return undefined;
  return `recorded with ${compiler}, and this is Mesa ${mesa}`;
}

function checkDifferences(
  lines: readonly string[],
  { what, recorded, present, record }: Record<"what" | "recorded" | "present" | "record", string>,
): void {
  if (lines.length === 0) return;
  throw new Error(
    `${what} differs from what ${recorded} made when it was recorded; this is ${present}. ` +
      `If that is meant: ${record}\n${lines.join("\n")}`,
  );
}

for (const gpu of Object.keys(GPUS) as Gpu[]) {
  const name = `${GPUS[gpu]} (${gpu})`;

  Deno.test({
    ...named(`${name}: every kernel of a training step fits its registers`, missing),
    async fn() {
      const table = await presentTable(gpu);
      assert(table.size > 60, `${table.size} pipelines were compiled`);
      for (const [label, { spills, scratch, waves }] of table) {
        assertEquals({ spills, scratch }, { spills: 0, scratch: 0 }, label);
        const least = LONE_WAVES[label.split(" ")[0]] ?? LEAST_WAVES;
        assert(waves >= least, `${label}: ${waves} waves for each SIMD`);
      }
    },
  });

  Deno.test({
    ...named(
      `${name}: steps of the products are multiply-adds, and wait for no load`,
      missing ?? whyNotCompared(gpu),
    ),
    async fn() {
      const products = [...await presentTable(gpu)].filter(([label]) => PRODUCTS.test(label));
      assertEquals(new Set(products.map(([label]) => label.split(" ")[0])).size, 6);
      for (
        const [label, { multiplyAdds, vector, stepMultiplyAdds, stepVector, exposed }] of products
      ) {
        assert(multiplyAdds >= LEAST_SHARE * vector, `${label}: ${multiplyAdds} of ${vector}`);
        const all = `${label}: ${stepMultiplyAdds} of ${stepVector} in a step`;
        assert(stepMultiplyAdds >= LEAST_SHARE * stepVector, all);
        assertEquals(exposed, 0, label);
      }
    },
  });

  Deno.test({
    ...named(
      `${name}: machine code of the training steps has the recorded figures`,
      missing ?? whyNotCompared(gpu),
    ),
    async fn() {
      const { compiler: recorded, table } = readRecorded(gpu);
      checkDifferences(differences(table, await presentTable(gpu)), {
        what: `Machine code for ${name}`,
        recorded,
        present: await compilerName(mesa),
        record: RECORD,
      });
    },
  });
}

Deno.test({
  ...named(
    "Chromium's compiler makes the recorded machine code of the training steps",
    missing ?? whyNoTools() ?? whyNotCompared(TINT_GPU),
  ),
  async fn() {
    const dawn = await dawnFolder();
    const { compiler: recorded, table } = readRecorded(TINT_GPU, "tint");
    checkDifferences(differences(table, await tableOf(TINT_GPU, dawn)), {
      what: "Machine code by Tint",
      recorded,
      present: await compilerName(mesa, dawn),
      record: RECORD,
    });
  },
});
