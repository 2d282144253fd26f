/** Takes the comparisons of one lowering and one number of threads: the child process of ../screening.ts. */

import { createBackend } from "../../src/backends.ts";
import { compareEncodes } from "./encode_case.ts";
import type { Comparison, ScreeningJob } from "./results.ts";
import { compareSteps } from "./step_case.ts";

const job: ScreeningJob = JSON.parse(await Deno.readTextFile(Deno.args[0]));
const { lowering, threads, cases, effort } = job;
const comparisons: Comparison[] = [];
for (const each of cases) {
  // A backend for each: its memory never shrinks.
  using backend = job.backend === "reference"
    ? await createBackend("reference")
    : await createBackend("wasm", { threads, tier: lowering.tier });
  const { description, screening } = backend;
  const compare = each.task === "encode" ? compareEncodes : compareSteps;
  const finding = await compare(backend, each, effort);
  const comparison = { ...each, lowering, threads, description, screening, ...finding };
  comparisons.push(comparison);
  const { shape: { B, d, N }, speedup, plainMs, screenedMs } = comparison;
  console.log(
    `  ${each.task}, ${each.selection}, ${B} × ${d} × ${N}, ${
      finding.active.toFixed(1)
    } active per row: ` +
      `${plainMs.toFixed(1)} → ${screenedMs.toFixed(1)} ms, ${speedup.toFixed(2)} ×`,
  );
}
await Deno.writeTextFile(job.results, JSON.stringify(comparisons));
