/** Every activation, penalty and reduction over ranks, against one rank; and the selections against one machine's. */
import { assert, assertEquals } from "@std/assert";

import { Random, type StepMetrics, type TrainerOptions } from "../../../mod.ts";
import { largest } from "../../../kernels/topk.ts";
import { backends } from "../../backends.ts";
import { type Candidates, keepBatchTopk, keepTopk } from "../../../src/distributed/selection.ts";
import { runRanks } from "../../../src/distributed/in_process.ts";
import { evenShare, latentShares } from "../../../src/distributed/shares.ts";
import { normalBatches, train } from "../runs.ts";
import { trainOverRanks } from "./rank_runs.ts";

const d = 6;
const N = 21;

const ACTIVATIONS: TrainerOptions["activation"][] = [
  { kind: "relu" },
  { kind: "identity" },
  { kind: "jumprelu", threshold: Float32Array.from({ length: N }, (_, i) => 0.02 * (i % 7)) },
  { kind: "topk", k: 4 },
  { kind: "batchtopk", k: 4 },
];

const PENALTIES: TrainerOptions["penalty"][] = [
  { kind: "log", coefficient: 0.1 },
  { kind: "l1", coefficient: 0.1 },
  { kind: "none" },
];

/** Five rounds of options, so that each value of each option meets every activation once. */
const OTHERS: Partial<TrainerOptions>[] = [
  { algorithm: "dense", prefixReduction: "sum", squaredError: "mean", targetL0: 5 },
  { algorithm: "sparse", subtractDecoderBias: true, clipNorm: 0.1, targetL0: 3 },
  { inputScaling: "none", prefixWeights: [4, 3, 2, 1, 0.5], deadAfter: 2 },
  { inputScaling: "uncorrected", algorithm: "sparse", squaredError: "mean" },
  { subtractDecoderBias: true, prefixCount: 1, algorithm: "dense" },
];

const SPREADS = [
  { ranks: 2 },
  { ranks: 3, latentsPerRank: [1, 18, 2] },
  { ranks: 4, ranksPerReplica: 2 },
  { ranks: 3, ranksPerReplica: 1 },
];

const STEPS = 6;
/** Batches of different sizes, which do not divide by the number of replicas. */
const BATCHES = normalBatches([13, 13, 11, 13, 7, 13], d, 5);

function optionsOf(n: number, a: number): TrainerOptions {
  const penalty = PENALTIES[n % PENALTIES.length];
  const { targetL0, ...others } = OTHERS[(n + a) % OTHERS.length];
  return {
    inputSize: d,
    latentCount: N,
    steps: STEPS,
    sparsityWarmup: 0.2,
    ...(others.prefixCount === undefined && { prefixCount: 5 }),
    activation: ACTIVATIONS[a],
    penalty,
    // A target needs a penalty.
    ...(penalty!.kind !== "none" && { targetL0 }),
    ...others,
  };
}

function figuresOf(steps: readonly StepMetrics[]): number[] {
  return steps.flatMap(({ loss, l0, sparsityScale, gradientNorm, deadLatents, perPrefix }) => [
    loss,
    l0,
    sparsityScale,
    gradientNorm,
    deadLatents,
    ...perPrefix.flatMap((p) => [p.prefix, p.squaredError, p.fvu, p.l0, p.deadLatents]),
  ]);
}

// In float32, an Adam step turns the sign of a gradient near 0 into a full step: figures after six steps then differ by
// more than rounding. Learning slowly leaves rounding alone: some hundred roundings of 2⁻²⁴.
const slow = { learningRate: 1e-5 };

for (const { name, create } of backends.filter(({ name }) => !name.includes("threads"))) {
  const float64 = name === "reference";
  Deno.test(`ranks train as one rank does, whatever the options (${name})`, async (t) => {
    const rounds = name === "webgpu" ? 1 : OTHERS.length;
    for (const a of ACTIVATIONS.keys()) {
      // Software adapters compile each kernel anew for each rank.
      const spreads = name === "webgpu" ? [SPREADS[1 + a % 2]] : SPREADS;
      for (let n = 0; n < rounds; n++) {
        const options = { ...optionsOf(n, a), ...(!float64 && slow) };
        using backend = await create();
        const one = await train(backend, options, BATCHES);
        for (const spread of spreads) {
          const { activation, penalty, algorithm } = options;
          const label = [activation!.kind, penalty!.kind, algorithm, n, JSON.stringify(spread)];
          await t.step(label.join(" "), async () => {
            const steps = BATCHES.map((batch) => ({ batch }));
            const many = await trainOverRanks(create, options, steps, spread);
            assertClose(figuresOf(many.metrics), figuresOf(one.metrics), float64 ? 1e-10 : 2e-5);
            const most = float64 ? 2e-7 : 1e-6;
            assertClose(many.parameters.encoder, one.parameters.encoder, most);
            assertClose(many.parameters.encoderBias, one.parameters.encoderBias, most);
            assertClose(many.parameters.decoder, one.parameters.decoder, most);
            assertClose(many.parameters.decoderBias, one.parameters.decoderBias, most);
          });
        }
      }
    }
  });
}

function assertClose(got: ArrayLike<number>, expected: ArrayLike<number>, most: number): void {
  assertEquals(got.length, expected.length);
  for (let n = 0; n < got.length; n++) {
    // Figures without a value, such as the FVU of a batch of one row, must be so on both sides.
    if (Object.is(got[n], expected[n])) continue;
    const error = Math.abs(got[n] - expected[n]);
    assert(
      error <= most * Math.max(1, Math.abs(expected[n])),
      `${n}: ${got[n]}, not ${expected[n]}`,
    );
  }
}

/** Activations with many ties, and some rows with fewer active latents than k. */
function tiedActivations(random: Random, B: number): Float64Array {
  return Float64Array.from(
    { length: B * N },
    () => Math.max(0, Math.floor(6 * random.uniform()) - 2),
  );
}

function candidatesOf(
  f: Float64Array,
  rows: { from: number; to: number },
  latents: { from: number; to: number },
): Candidates {
  const offsets = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (let b = rows.from; b < rows.to; b++) {
    for (let i = latents.from; i < latents.to; i++) {
      if (f[b * N + i] === 0) continue;
      indices.push(i - latents.from);
      values.push(f[b * N + i]);
    }
    offsets.push(indices.length);
  }
  return {
    rowOffsets: Uint32Array.from(offsets),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
}

function positionsOf(
  { rowOffsets, indices }: Candidates,
  firstRow: number,
  firstLatent: number,
): number[] {
  const positions: number[] = [];
  for (let b = 0; b + 1 < rowOffsets.length; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      positions.push((firstRow + b) * N + firstLatent + indices[e]);
    }
  }
  return positions;
}

Deno.test("selections over ranks keep what one machine keeps, ties included", async () => {
  const random = Random.fromSeed(7);
  for (let trial = 0; trial < 200; trial++) {
    const B = 1 + Math.floor(6 * random.uniform());
    const k = 1 + Math.floor(5 * random.uniform());
    const ranks = 1 + Math.floor(4 * random.uniform());
    const replicas = B === 1 ? 1 : 1 + Math.floor(2 * random.uniform());
    const f = tiedActivations(random, B);
    const shares = latentShares(N, ranks, undefined, "test");
    const byRow = await runRanks(ranks, async (communicator) => {
      const latents = shares[communicator.rank];
      const candidates = largestOfRows(candidatesOf(f, { from: 0, to: B }, latents), k);
      await keepTopk(communicator, candidates, k);
      return positionsOf(candidates, 0, latents.from);
    });
    const expected = Array.from({ length: B }, (_, b) => [...largest(f, b * N, (b + 1) * N, k)]);
    assertEquals(byRow.flat().sort(ascending), expected.flat());

    const ofBatch = await runRanks(ranks * replicas, async (communicator) => {
      const latents = shares[communicator.rank % ranks];
      const rows = evenShare(B, replicas, Math.floor(communicator.rank / ranks));
      const candidates = candidatesOf(f, rows, latents);
      await keepBatchTopk(communicator, candidates, {
        count: k * B,
        firstRow: rows.from,
        firstLatent: latents.from,
        latentCount: N,
      });
      return positionsOf(candidates, rows.from, latents.from);
    });
    assertEquals(ofBatch.flat().sort(ascending), [...largest(f, 0, B * N, k * B)]);
  }
});

function ascending(a: number, b: number): number {
  return a - b;
}

/** Keeps the k largest of each row, as the kernel does before ranks compare them. */
function largestOfRows(all: Candidates, k: number): Candidates {
  const offsets = [0];
  const kept: number[] = [];
  for (let b = 0; b + 1 < all.rowOffsets.length; b++) {
    const [from, to] = [all.rowOffsets[b], all.rowOffsets[b + 1]];
    kept.push(...largest(Float64Array.from(all.values), from, to, k));
    offsets.push(kept.length);
  }
  return {
    rowOffsets: Uint32Array.from(offsets),
    indices: Uint32Array.from(kept, (e) => all.indices[e]),
    values: Float32Array.from(kept, (e) => all.values[e]),
  };
}
