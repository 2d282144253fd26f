/**
 * Times a training step with and without certified screening along each size: rows, inputs, latents, prefixes and the
 * active latents per row, through the medium shape:
 *
 *     deno task bench:scaling --json scaling.json
 *     deno task picture:scaling         draws docs/pictures/scaling.svg from the newest recorded results
 *
 * See screening.ts for the method.
 */
import { parseArgs } from "node:util";
import { scalingCases } from "./screening/cases.ts";
import { finish, LOWERINGS, runPlan } from "./screening/run.ts";
import { scalingTable } from "./screening/tables.ts";

const { values } = parseArgs({
  options: {
    lowering: { type: "string", default: "vnni" },
    threads: { type: "string", default: "1" },
    backend: { type: "string", default: "wasm" },
    warmups: { type: "string", default: "10" },
    samples: { type: "string", default: "15" },
    seconds: { type: "string", default: "15" },
    shrink: { type: "string", default: "1" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`deno task bench:scaling
  --lowering NAME       vnni (relaxed SIMD), relaxed (the same without AVX-VNNI), simd (plain SIMD) (vnni)
  --threads COUNT       threads (1)
  --shrink FACTOR       divide the sizes, to try the bench itself (1)
  --backend NAME        "reference" tries the bench itself (wasm)
  --warmups COUNT       rounds before the first sample (10)
  --samples COUNT       rounds (15)
  --seconds SECONDS     time for the rounds of each point; at least three are taken (15)
  --json FILE           write the results`);
  Deno.exit(0);
}
const lowering = LOWERINGS[values.lowering];
if (!lowering) throw new RangeError(`Cannot use the lowering "${values.lowering}": see --help`);
const results = await runPlan({
  kind: "scaling",
  lowerings: [lowering],
  threads: [Number(values.threads)],
  cases: scalingCases(Number(values.shrink)),
  effort: {
    warmups: Number(values.warmups),
    samples: Number(values.samples),
    seconds: Number(values.seconds),
  },
  backend: values.backend as "wasm" | "reference",
});
await finish(results, [scalingTable], values.json);
