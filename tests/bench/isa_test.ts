/** The machine code that the kernels become on GPUs that are not there, against `bench/gpu/isa/recorded`. */

import { assert, assertEquals } from "@std/assert";
import {
  compile,
  type Gpu,
  GPUS,
  mesaVersion,
  whyNotCompiled,
} from "../../bench/gpu/isa/compile.ts";
import { figuresOf } from "../../bench/gpu/isa/figures.ts";
import { compilerName, readRecorded } from "../../bench/gpu/isa/recorded.ts";
import { differences, type Table } from "../../bench/gpu/isa/table.ts";
import { named } from "../missing.ts";

const RECORD = "deno task bench:isa --record";
/** Two groups of 256 threads on two SIMDs: fewer waves would leave a SIMD idle at barriers. */
const LEAST_WAVES = 8;

const missing = whyNotCompiled();
const mesa = missing === undefined ? await mesaVersion() : "";

const tables = new Map<Gpu, Promise<Table>>();
function tableOf(gpu: Gpu): Promise<Table> {
  const known = tables.get(gpu) ?? compile(gpu).then((all) => {
    return new Map(all.map((one) => [one.label, figuresOf(one)]));
  });
  tables.set(gpu, known);
  return known;
}

/** Other versions of Mesa choose other registers and orders. */
async function whyNotCompared(gpu: Gpu): Promise<string | undefined> {
  const { compiler } = await readRecorded(gpu);
  if (compiler.startsWith(`Mesa ${mesa},`)) return undefined;
  return `recorded with ${compiler}, and this is Mesa ${mesa}`;
}

for (const gpu of Object.keys(GPUS) as Gpu[]) {
  const name = `${GPUS[gpu]} (${gpu})`;

  Deno.test({
    ...named(`${name}: every kernel of a training step fits its registers`, missing),
    async fn() {
      const table = await tableOf(gpu);
      assert(table.size > 60, `${table.size} pipelines were compiled`);
      for (const [label, { spills, scratch, waves }] of table) {
        assertEquals({ spills, scratch }, { spills: 0, scratch: 0 }, label);
        assert(waves >= LEAST_WAVES, `${label}: ${waves} waves for each SIMD`);
      }
    },
  });

  Deno.test({
    ...named(
      `${name}: machine code of the training steps has the recorded figures`,
      missing ?? await whyNotCompared(gpu),
    ),
    async fn() {
      const { compiler, table } = await readRecorded(gpu);
      const lines = differences(table, await tableOf(gpu));
      if (lines.length === 0) return;
      throw new Error(
        `Machine code for ${name} differs from ${compiler}, recorded; this is ${
          compilerName(mesa)
        }. ` +
          `If that is meant: ${RECORD}\n${lines.join("\n")}`,
      );
    },
  });
}
