/**
 * Takes 500 training steps at (B 1024, d 512, N 8192, P 10) on WASM. Memory must not grow, and losses
 * must agree with the reference. The reference takes too long to train at this size, so it computes the
 * loss of a few steps only, from the parameters before each.
 *
 *     deno run -A bench/endurance.ts [--steps 500] [--threads 2] [--algorithm auto|dense|sparse]
 */
import { parseArgs } from "node:util";
import { createBackend, initialParameters, matryoshkaLoss, Random, Trainer } from "../mod.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "500" },
    threads: { type: "string", default: "1" },
    algorithm: { type: "string", default: "auto" },
  },
});
const steps = Number(values.steps);
const threads = Number(values.threads);
const algorithm = values.algorithm as "auto" | "dense" | "sparse";
const [B, d, N, P] = [1024, 512, 8192, 10];
/** Largest relative error of a loss, the same as for golden vectors. */
const TOLERANCE = 2e-5;

/** Rows are sums of 8 out of 2048 fixed directions, so that there is something to learn. */
const random = Random.fromSeed(1);
const directions = Float32Array.from({ length: 2048 * d }, () => random.normal() / Math.sqrt(d));
function batch(): Float32Array {
  const rows = new Float32Array(B * d);
  for (let b = 0; b < B; b++) {
    for (let n = 0; n < 8; n++) {
      const from = random.integer(2048) * d;
      const size = random.uniform() * 8;
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
  algorithm,
  initial: initialParameters(d, N, random),
});
const compared = new Set([0, Math.floor(steps / 2), steps - 1]);
/** Bytes at step `since`, soon after the algorithm last changed: from then on they must not grow. */
let settled = 0;
let since = 0;
let lastAlgorithm = "";
let worst = 0;
let most = 0;
const started = performance.now();
for (let s = 0; s < steps; s++) {
  const rows = batch();
  const before = compared.has(s) ? await trainer.parameters() : undefined;
  await trainer.step(rows);
  if (trainer.algorithm !== lastAlgorithm) [lastAlgorithm, since] = [trainer.algorithm, s + 2];
  if (s === since) settled = backend.allocatedBytes;
  most = Math.max(most, Deno.memoryUsage().rss);
  if (s % 50 !== 0 && !before) continue;
  const metrics = await trainer.metrics();
  let line = `step ${s + 1}: loss ${metrics.loss.toPrecision(7)}, L0 ${metrics.l0.toFixed(1)}, ` +
    `${trainer.algorithm}, tensors ${(backend.allocatedBytes / 1e6).toFixed(1)} MB`;
  if (before) {
    const expected = await matryoshkaLoss(reference, before, rows, {
      ...loss,
      penalty: { kind: "l1", coefficient: metrics.sparsityScale },
      prefixes: metrics.perPrefix.map(({ prefix }) => prefix),
      algorithm: "sparse",
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
  `${steps} steps on ${backend.name} (${backend.description}), ${
    seconds.toFixed(0)
  } s including the ` +
    `reference; tensors grew by ${grown} bytes after step ${since + 1}, end at ` +
    `${(backend.allocatedBytes / 1e6).toFixed(1)} MB (parameters × 4: ${
      (parameters / 1e6).toFixed(1)
    } MB), process at most ${(most / 1e6).toFixed(0)} MB; worst error of a loss ${
      worst.toExponential(1)
    }`,
);
if (grown > 0 || !(worst <= TOLERANCE)) Deno.exit(1);
