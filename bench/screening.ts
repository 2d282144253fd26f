/**
 * Compares the encode and the training step with and without certified screening, in turns in one process, and times
 * the parts of a screened encode:
 *
 *     deno task bench:screening --json screening.json
 *     deno task bench:screening --cases medium,topk --lowerings vnni --threads 1 --samples 10
 *
 * Nothing is timed whose codes, losses or parameters differ in a single bit. Each lowering and number of threads has a
 * process of its own.
 */
import { parseArgs } from "node:util";
import { CASE_NAMES, casesOf } from "./screening/cases.ts";
import type { Case } from "./screening/results.ts";
import { finish, LOWERINGS, runPlan } from "./screening/run.ts";
import { partsTable, screeningTable } from "./screening/tables.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: CASE_NAMES.join(",") },
    tasks: { type: "string", default: "encode,step" },
    lowerings: { type: "string", default: Object.keys(LOWERINGS).join(",") },
    threads: { type: "string" },
    backend: { type: "string", default: "wasm" },
    warmups: { type: "string", default: "15" },
    samples: { type: "string", default: "30" },
    seconds: { type: "string", default: "12" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`deno task bench:screening
  --cases NAMES         of ${CASE_NAMES.join(", ")} (all)
  --tasks NAMES         encode, step or both (encode,step)
  --lowerings NAMES     vnni (relaxed SIMD), relaxed (the same without AVX-VNNI), simd (plain SIMD) (all)
  --threads COUNTS      1, 2 or both (1, and 2 with the first lowering)
  --backend NAME        "reference" tries the bench itself (wasm)
  --warmups COUNT       rounds before the first sample (15)
  --samples COUNT       rounds (30)
  --seconds SECONDS     time for the rounds of each comparison; at least three are taken (12)
  --json FILE           write the results`);
  Deno.exit(0);
}
const lowerings = values.lowerings.split(",").map((name) => {
  const { [name]: known } = LOWERINGS;
  if (known) return known;
  const names = Object.keys(LOWERINGS).join(", ");
  throw new RangeError(`Cannot use the lowering "${name}": it must be one of ${names}`);
});
const results = await runPlan({
  kind: "screening",
  lowerings,
  threads: values.threads?.split(",").map(Number),
  cases: casesOf(values.cases.split(","), values.tasks.split(",") as Case["task"][]),
  effort: {
    warmups: Number(values.warmups),
    samples: Number(values.samples),
    seconds: Number(values.seconds),
  },
  backend: values.backend as "wasm" | "reference",
});
await finish(results, [screeningTable, partsTable], values.json);
