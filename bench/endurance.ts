/**
 * 500 training steps at (B 1024, d 512, N 8192, P 10) on WASM: memory must not grow, and losses must be
 * those of the reference. The reference cannot train at this size in reasonable time, so at some steps
 * it computes the loss from the parameters as they were before that step.
 *
 *     deno run -A bench/endurance.ts [--steps 500] [--threads 2] [--path auto|dense|sparse]
 */
import { parseArgs } from "node:util";
import { createBackend, initialParameters, matryoshkaLoss, Random, Trainer } from "../mod.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "500" },
    threads: { type: "string", default: "1" },
    path: { type: "string", default: "auto" },
  },
});
const steps = Number(values.steps), threads = Number(values.threads);
const path = values.path as "auto" | "dense" | "sparse";
const B = 1024, d = 512, N = 8192, P = 10;
/** Relative error that 2^-24 per rounding leaves of a loss summed over 1024 × 512 × 10 terms. */
const TOLERANCE = 2e-5;

/** Rows with structure: 64 of 2048 fixed directions each, so that the loss falls. */
const random = Random.fromSeed(1);
const directions = Float32Array.from({ length: 2048 * d }, () => random.normal() / Math.sqrt(d));
function batch(): Float32Array {
  const rows = new Float32Array(B * d);
  for (let b = 0; b < B; b++) {
    for (let n = 0; n < 8; n++) {
      const from = random.integer(2048) * d, size = random.uniform() * 8;
      for (let k = 0; k < d; k++) rows[b * d + k] += size * directions[from + k];
    }
  }
  return rows;
}

using backend = await createBackend("wasm", { threads });
using reference = await createBackend("reference");
const loss = {
  penalty: { kind: "l1", coefficient: 0.2 },
  prefixReduction: "mean",
  squaredError: "sum",
} as const;
using trainer = await Trainer.create(backend, {
  ...loss,
  inputSize: d,
  latentCount: N,
  steps,
  prefixCount: P,
  targetL0: 32,
  inputScaling: "none",
  path,
  initial: initialParameters(d, N, random),
});
const compared = new Set([0, Math.floor(steps / 2), steps - 1]);
/** Bytes after the path last changed, and since when: from then on memory must stay as it is. */
let settled = 0, since = 0, worst = 0, most = 0;
let lastPath: string = "";
const started = performance.now();
for (let s = 0; s < steps; s++) {
  const rows = batch();
  const before = compared.has(s) ? await trainer.parameters() : undefined;
  await trainer.step(rows);
  if (trainer.path !== lastPath) [lastPath, since] = [trainer.path, s + 2];
  if (s === since) settled = backend.allocatedBytes;
  most = Math.max(most, Deno.memoryUsage().rss);
  if (s % 50 !== 0 && !before) continue;
  const metrics = await trainer.metrics();
  let line = `step ${s + 1}: loss ${metrics.loss.toPrecision(7)}, L0 ${metrics.l0.toFixed(1)}, ` +
    `${trainer.path}, tensors ${(backend.allocatedBytes / 1e6).toFixed(1)} MB`;
  if (before) {
    const expected = await matryoshkaLoss(reference, before, rows, {
      ...loss,
      penalty: { kind: "l1", coefficient: metrics.sparsityScale },
      prefixes: metrics.perPrefix.map(({ prefix }) => prefix),
      path: "sparse",
    });
    const error = Math.abs(metrics.loss / expected.loss - 1);
    worst = Math.max(worst, error);
    line += `, reference ${expected.loss.toPrecision(7)} (${error.toExponential(1)})`;
  }
  console.log(line);
}
const seconds = (performance.now() - started) / 1e3;
const grown = backend.allocatedBytes - settled;
const parameters = 4 * (2 * N * d + N + d) * 4;
console.log(
  `${steps} steps on ${backend.name} (${backend.description}), ${seconds.toFixed(0)} s with the ` +
    `reference's share; tensors grew by ${grown} bytes after step ${since + 1}, end at ` +
    `${(backend.allocatedBytes / 1e6).toFixed(1)} MB (parameters × 4: ${
      (parameters / 1e6).toFixed(1)
    } MB), process at most ${(most / 1e6).toFixed(0)} MB; worst error of a loss ${
      worst.toExponential(1)
    }`,
);
if (grown > 0 || !(worst <= TOLERANCE)) Deno.exit(1);
