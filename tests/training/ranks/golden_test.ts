/** The author's recorded runs, followed by several ranks. */
import { assert, assertEquals } from "@std/assert";

import { createBackend, type StepMetrics } from "../../../mod.ts";
import { PARAMETER_NAMES } from "../../../src/model/parameters.ts";
import { portableBackends } from "../../backends.ts";
import { goldenTrajectories, type GoldenTrajectory, relativeError } from "../../golden/golden.ts";
import { ALGORITHMS, follow, optionsOf, runComplaints } from "../golden_runs.ts";
import { type Spread, trainOverRanks } from "./rank_runs.ts";

/** WASM on one thread. WebGPU takes the conformance table of ranks instead, which is shorter. */
const ONE_THREAD = portableBackends.filter(({ name }) => /^wasm \w+$/.test(name));

/** Even and uneven shares, a rank with one latent, and one with nearly all, in which nearly all prefixes end. */
function spreadsOf({ latentCount: N, prefixCount: P }: GoldenTrajectory): Spread[] {
  return [
    { ranks: 2 },
    { ranks: 3 },
    { ranks: 4 },
    { ranks: 3, latentsPerRank: [1, N - 3, 2] },
    { ranks: 2, latentsPerRank: [N - 1, 1] },
    // More ranks than prefixes.
    { ranks: Math.min(N, P + 1) },
    { ranks: 4, ranksPerReplica: 2 },
    { ranks: 4, ranksPerReplica: 1 },
    { ranks: 6, ranksPerReplica: 3, latentsPerRank: [2, 1, N - 3] },
  ];
}

function stepsOf(golden: GoldenTrajectory) {
  return golden.batches.map((batch, s) => {
    return { batch: Float32Array.from(batch), prefixes: golden.prefixes[s] };
  });
}

/**
 * Ranks give the figures of one rank to 1e-10. In the chaotic run, rounding of 2⁻²⁴ becomes 9e-3 within 150 steps (see
 * golden_runs.ts), and so 2⁻⁵³ becomes 2e-11 per rounding: a sum over more than four ranks has more of them.
 */
function mostDifference({ name }: GoldenTrajectory, { ranks }: Spread): number {
  return name === "log, 5 prefixes" && ranks > 4 ? ranks * 1e-10 : 1e-10;
}

/** Returns the largest relative difference of any figure at any step. */
function largestDifference(a: readonly StepMetrics[], b: readonly StepMetrics[]): number {
  const figures = (metrics: StepMetrics) => {
    const { loss, l0, sparsityScale, gradientNorm, deadLatents, perPrefix } = metrics;
    const ofPrefixes = perPrefix.flatMap(({ squaredError, fvu, l0, deadLatents }) => {
      return [squaredError, fvu, l0, deadLatents];
    });
    return [loss, l0, sparsityScale, gradientNorm, deadLatents, ...ofPrefixes];
  };
  const expected = b.map(figures);
  return Math.max(
    ...a.flatMap((metrics, s) =>
      figures(metrics).map((figure, n) => relativeError([figure], [expected[s][n]]))
    ),
  );
}

for (const algorithm of ALGORITHMS) {
  Deno.test(`ranks follow the recorded runs as one rank does, in float64 (${algorithm})`, async (t) => {
    const create = () => createBackend("reference");
    using backend = await create();
    for (const golden of await goldenTrajectories()) {
      const one = await follow(backend, golden, algorithm);
      for (const spread of spreadsOf(golden)) {
        await t.step(`${golden.name}, ${JSON.stringify(spread)}`, async () => {
          const options = optionsOf(golden, algorithm);
          const many = await trainOverRanks(create, options, stepsOf(golden), spread);
          const difference = largestDifference(many.metrics, one.figures);
          assert(difference <= mostDifference(golden, spread), `figures differ by ${difference}`);
          for (const name of PARAMETER_NAMES) {
            // Parameters are read as float32.
            const difference = relativeError(many.parameters[name], one.final[name]);
            assert(difference <= 2 ** -23, `${name} differs by ${difference}`);
          }
        });
      }
    }
  });
}

for (const { name, create, ...tolerances } of ONE_THREAD) {
  for (const algorithm of ALGORITHMS) {
    Deno.test(`ranks follow the recorded runs (${name}, ${algorithm})`, async (t) => {
      for (const golden of await goldenTrajectories()) {
        const [two, three, , uneven, , , grid] = spreadsOf(golden);
        for (const spread of [two, three, uneven, grid]) {
          await t.step(`${golden.name}, ${JSON.stringify(spread)}`, async () => {
            const options = optionsOf(golden, algorithm);
            const { metrics, parameters } = await trainOverRanks(
              create,
              options,
              stepsOf(golden),
              spread,
            );
            const run = { figures: metrics, final: parameters };
            assertEquals(await runComplaints(run, golden, tolerances), []);
          });
        }
      }
    });
  }
}
