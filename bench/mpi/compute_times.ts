/** Times what a rank of a large job computes, on one rank alone, for the predictions. */

import { createBackend } from "../../src/backends.ts";
import { evenShare } from "../../src/distributed/shares.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { samplePrefixes } from "../../src/model/prefixes.ts";
import { Random } from "../../src/base/random.ts";
import type { Shape } from "../harness/problem.ts";
import { median } from "../harness/statistics.ts";
import { type Grid, loneRank } from "./lone_rank.ts";
import type { RankCompute } from "./results.ts";

/** The job of the predictions: an SAE of Gemma Scope's size, with top-k. */
export const LARGE: Shape = { B: 4096, d: 2304, N: 65536, active: 32, P: 10 };

/** The grids of the predictions. */
export const GRIDS: readonly Grid[] = [
  { ranks: 4, ranksPerReplica: 4 },
  { ranks: 16, ranksPerReplica: 16 },
  { ranks: 16, ranksPerReplica: 4 },
  { ranks: 64, ranksPerReplica: 64 },
  { ranks: 64, ranksPerReplica: 16 },
  { ranks: 256, ranksPerReplica: 256 },
  { ranks: 256, ranksPerReplica: 32 },
];

/** Times steps of the rank in the middle of a grid, whose messages arrive at once. */
export async function timeCompute(
  { B, d, N, P, active }: Shape,
  grid: Grid,
  samples: number,
): Promise<RankCompute> {
  const random = Random.fromSeed(1);
  const draw = { latentCount: N, prefixCount: P, minimum: 1, exponent: 0.5 };
  const prefixes = samplePrefixes(draw, () => random.uniform());
  const batch = Float32Array.from({ length: B * d }, () => random.normal());
  const backend = await createBackend("wasm");
  const trainer = await Trainer.create(backend, {
    inputSize: d,
    latentCount: N,
    steps: 1_000_000,
    prefixes,
    activation: { kind: "topk", k: active },
    communicator: loneRank(grid),
    ranksPerReplica: grid.ranksPerReplica,
    learningRate: 0,
  });
  const times: number[] = [];
  for (let sample = -1; sample < samples; sample++) {
    const started = performance.now();
    await trainer.step(batch);
    if (sample >= 0) times.push(performance.now() - started);
  }
  const { from, to } = trainer.latents;
  trainer[Symbol.dispose]();
  backend[Symbol.dispose]();
  const replicas = grid.ranks / grid.ranksPerReplica;
  const own = evenShare(B, replicas, Math.floor(replicas / 2));
  return { ...grid, latents: to - from, rows: own.to - own.from, ms: median(times) };
}
