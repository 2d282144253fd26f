/**
 * The package's own training step on WASM, warm, as in training: dense and sparse, 1 and 2 threads,
 * P = 10 and P = 1, one after the other in turn, over the floors of the machine's own rates.
 *
 *     deno task bench:steps [shape] [rounds]
 *
 * Nothing is timed whose loss and gradients did not agree with the float64 reference first.
 */
import { createBackend, matryoshkaLoss, Trainer } from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { relativeError } from "../../tests/relative_error.ts";
import { floorOf } from "../harness/floors.ts";
import { makeProblem, shapeOf, STEP } from "../harness/problem.ts";
import { RateMeter } from "./running/rates.ts";
import { machine } from "./running/report.ts";
import { median } from "../harness/statistics.ts";
import { lossKind } from "../harness/step_options.ts";

const shape = shapeOf(Deno.args[0] ?? "medium"), rounds = Number(Deno.args[1] ?? 30);
const WARM_UPS = 5, TOLERANCE = 2e-5;
const { B, d, N, active, P } = shape;
const { parameters, batch, prefixes } = makeProblem(shape, active / N);
const kind = lossKind(STEP);

console.log(machine().join("\n"));
using reference = await createBackend("reference");
const expected = await matryoshkaLoss(reference, parameters, batch, {
  ...kind,
  prefixes,
  algorithm: "sparse",
});

/** A trainer that is timed. */
interface Entry {
  readonly threads: number;
  readonly algorithm: "dense" | "sparse";
  readonly P: number;
  readonly trainer: Trainer;
  readonly times: number[];
}

const entries: Entry[] = [];
for (const threads of [1, 2]) {
  const backend = await createBackend("wasm", { threads });
  for (const algorithm of ["dense", "sparse"] as const) {
    const found = await matryoshkaLoss(backend, parameters, batch, {
      ...kind,
      prefixes,
      algorithm,
    });
    const error = Math.max(
      Math.abs(found.loss / expected.loss - 1),
      ...PARAMETER_NAMES.map((name) =>
        relativeError(found.gradients[name], expected.gradients[name])
      ),
    );
    console.log(`${algorithm}, ${backend.description}: relative error ${error.toExponential(1)}`);
    if (!(error <= TOLERANCE)) Deno.exit(1);
    for (const lengths of [prefixes, [N]]) {
      const trainer = await Trainer.create(backend, {
        ...kind,
        inputSize: d,
        latentCount: N,
        steps: 1_000_000,
        prefixes: lengths,
        inputScaling: "none",
        initial: parameters,
        learningRate: 0,
        algorithm,
      });
      entries.push({ threads, algorithm, P: lengths.length, trainer, times: [] });
    }
  }
}
using meter = await RateMeter.start(2);
const flops: number[][] = [[], [], []], bytes: number[][] = [[], [], []];
for (let round = 0; round < WARM_UPS + rounds; round++) {
  for (const threads of [1, 2]) {
    flops[threads].push(await meter.flops(threads));
    bytes[threads].push(await meter.bytes(threads));
  }
  for (const { trainer, times } of entries) {
    await trainer.step(batch); // brings its own arrays back into the caches
    const started = performance.now();
    await trainer.step(batch);
    if (round >= WARM_UPS) times.push(performance.now() - started);
  }
}
const nnz = Math.round(expected.perPrefix.at(-1)!.l0 * B);
console.log(`\nB ${B}, d ${d}, N ${N}, ${(nnz / B).toFixed(1)} active per row, ${rounds} rounds`);
for (const threads of [1, 2]) {
  const [F, W] = [median(flops[threads]) / 1e9, median(bytes[threads]) / 1e9];
  console.log(`${threads} thread(s): F ${F.toFixed(1)} GF/s, W ${W.toFixed(1)} GB/s`);
}
console.log("\n| algorithm | threads | P | ms (median) | ms (best) | over floor, h = 0 | h = 1 |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const { algorithm, threads, P: prefixCount, times } of entries) {
  const rates = { flops: median(flops[threads]), bytes: median(bytes[threads]) };
  const hits = floorOf({ task: "step", shape, active: nnz, algorithm, P: prefixCount }, rates);
  const misses = hits + (algorithm === "sparse" ? 12 * nnz * d / rates.bytes : 0);
  const middle = median(times) / 1e3;
  console.log(
    `| ${algorithm} | ${threads} | ${prefixCount} | ${(middle * 1e3).toFixed(0)} | ` +
      `${Math.min(...times).toFixed(0)} | ${(middle / misses).toFixed(2)} | ` +
      `${(middle / hits).toFixed(2)} |`,
  );
}
const time = (algorithm: string, threads: number, count: number) =>
  median(
    entries.find((e) => e.algorithm === algorithm && e.threads === threads && e.P === count)!.times,
  );
for (const algorithm of ["dense", "sparse"]) {
  console.log(
    `${algorithm}: 2 threads over 1: ${
      (time(algorithm, 1, P) / time(algorithm, 2, P)).toFixed(2)
    } ×; ` +
      `P = ${P} over P = 1: ${(time(algorithm, 1, P) / time(algorithm, 1, 1)).toFixed(2)} ×`,
  );
}
Deno.exit(0);
