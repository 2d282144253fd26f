/** Screening on WebGPU: the bits of the plain encode, and no term of the bound too many. */

import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Backend } from "../../kernels/kernel.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { hasIntegerDots } from "../../kernels/webgpu/screening_probe.ts";
import { Random } from "../../mod.ts";
import { trials } from "../matrix.ts";
import { named } from "../missing.ts";
import { whyNoAdapter } from "../webgpu/adapter.ts";
import { type Bounds, encodeBoth, LATENT_BOUNDS, ROW_BOUNDS } from "./encodes.ts";
import { overflowProblem } from "./extremes.ts";
import { aimedPair, finePair, hostilePair, returningPair, roundedPair } from "./pairs.ts";
import type { Problem } from "./problem.ts";
import { aimedProblem, hostileProblem, type Plan, SCREENED } from "./problems.ts";
import { difference } from "./tensors.ts";

const RUNS = trials(24);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261127);
const PAIRS = [aimedPair, finePair, roundedPair, returningPair, hostilePair];

const reason = whyNoAdapter ??
  (hasIntegerDots() ? undefined : "this WebGPU has no packed_4x8_integer_dot_product");

function gpuTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ ...named(name, reason), fn });
}

async function withTiles(fn: (backend: Backend, side: number) => Promise<void>): Promise<void> {
  for (const tileSide of [8, 16] as const) {
    using backend = await createWebGpuBackend({ tileSide });
    await fn(backend, tileSide);
  }
}

async function assertEqualBits(backend: Backend, problem: Problem, what: string): Promise<number> {
  const { screened, plain, candidates } = await encodeBoth(backend, problem);
  assertEquals(difference(screened, plain), undefined, what);
  return candidates;
}

const sizes = {
  B: fc.constantFrom(1, 2, 33, 97, 130),
  d: fc.constantFrom(1, 2, 5, 16, 33, 64, 130, 515),
  N: fc.constantFrom(1, 9, 127, 129, 300, 1100),
  selection: fc.constantFrom(...SCREENED),
  seed: fc.nat(),
};

gpuTest("webgpu: encodeScreened gives the bits of encodeSparse near the bound", async () => {
  await withTiles(async (backend, side) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...sizes, exponent: fc.constantFrom(0, 0, -40, -20, 30) }),
        fc.constantFrom(...PAIRS),
        async ({ seed, ...plan }, pair) => {
          const random = Random.fromSeed(seed);
          const problem = aimedProblem(random, { ...plan, pair, aimed: Math.min(10, plan.N) });
          await assertEqualBits(backend, problem, `side ${side}`);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

gpuTest("webgpu: encodeScreened gives the bits of encodeSparse for hostile numbers", async () => {
  await withTiles(async (backend, side) => {
    await fc.assert(
      fc.asyncProperty(fc.record(sizes), async ({ seed, ...plan }) => {
        const problem = hostileProblem(Random.fromSeed(seed), plan);
        await assertEqualBits(backend, problem, `side ${side}`);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    for (const huge of ["norm", "bias"] as const) {
      await assertEqualBits(backend, overflowProblem(huge), `${huge}, side ${side}`);
    }
  });
});

/** Returns a problem of random rows of which a share of the latents is active. */
function commonProblem(bias: number, [B, d, N]: readonly [number, number, number]): Problem {
  const random = Random.fromSeed(B + d);
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const encoderBias = new Float32Array(N).fill(bias * Math.sqrt(d));
  // The first latents are active in half of the rows: their tiles are encoded as without a screen.
  encoderBias.fill(0, 0, Math.min(N, 128));
  return {
    ...{ B, d, N, selection: "relu", k: 1, input: normals(B * d), encoder: normals(N * d) },
    ...{ encoderBias, threshold: new Float32Array(N) },
  };
}

gpuTest(
  "webgpu: tiles of many candidates are encoded plainly, and the others by few products",
  async () => {
    await withTiles(async (backend, side) => {
      for (const dims of [[130, 96, 1000], [200, 150, 515], [3, 40, 2300]] as const) {
        const problem = commonProblem(-3, dims);
        const what = `${dims}, side ${side}`;
        const candidates = await assertEqualBits(backend, problem, what);
        assertLess(128 / 2, candidates, what);
        assertLess(candidates, 128 + dims[2] / 20, what);
      }
      // Two rows have too few pairs for a tile of many candidates, and lists are as long as they can be.
      assertLess(2000, await assertEqualBits(backend, commonProblem(9, [2, 24, 2300]), "all"));
    });
  },
);

gpuTest("webgpu: encodeScreened computes few latents if few are near their threshold", async () => {
  await withTiles(async (backend) => {
    for (const selection of ["relu", "jumprelu", "topk"] as const) {
      const plan = { selection, B: 5, d: 64, N: 640, aimed: 20, pair: aimedPair };
      const problem = aimedProblem(Random.fromSeed(1), plan);
      const { candidates, plain } = await encodeBoth(backend, problem);
      assertLess(candidates, 25);
      assert(candidates >= plain.rowOffsets[5] / 5);
    }
  });
});

/** Returns a problem of normal rows, weights and biases, of which the k largest are kept. */
function rankedRows(k: number, [B, d, N]: readonly [number, number, number]): Problem {
  const random = Random.fromSeed(k + N);
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  return {
    ...{ B, d, N, selection: "topk", k, input: normals(B * d), encoder: normals(N * d) },
    ...{ encoderBias: normals(N), threshold: new Float32Array(N) },
  };
}

gpuTest(
  "webgpu: the k largest are found whether k is small or large, and ties in order",
  async () => {
    using backend = await createWebGpuBackend();
    for (const [k, N] of [[1, 600], [200, 515], [256, 512], [257, 600]] as const) {
      const problem = rankedRows(k, [3, 40, N]);
      const candidates = await assertEqualBits(backend, problem, `k ${k}`);
      // More than 256 are not ranked: those are encoded plainly.
      assert(k > 256 ? candidates === N : candidates <= 512, `k ${k}: ${candidates} candidates`);
      // Every latent has the same activation, so that lists are full and all are ties.
      const encoder = problem.encoder.map((_, e) => problem.encoder[e % 40]);
      const tied = { ...problem, encoder, encoderBias: new Float32Array(N).fill(40) };
      await assertEqualBits(backend, tied, `ties, k ${k}`);
    }
  },
);

gpuTest(
  "webgpu: rows with too many candidates are encoded plainly, and the others by few products",
  async () => {
    using backend = await createWebGpuBackend();
    const few = rankedRows(8, [5, 64, 3000]);
    // One row is so large that nothing bounds its pre-activations.
    const input = few.input.with(64, 2 ** 63);
    assertEquals(await assertEqualBits(backend, { ...few, input }, "one row"), few.N);
    const { screened, plain, candidates } = await encodeBoth(backend, few, { before: input });
    assertEquals(difference(screened, plain), undefined, "the same program, without that row");
    assertLess(candidates, 300);
  },
);

gpuTest("webgpu: rows are ranked in parts that fit in bindings", async () => {
  using backend = await createWebGpuBackend({ maxBindingBytes: 128 * 4 * 300 });
  const problem = rankedRows(5, [300, 20, 300]);
  assertLess(await assertEqualBits(backend, problem, "parts"), 200);
});

/** The bounds that the test of the first digit takes. */
const COLUMNS: readonly [string, keyof Bounds, number, Plan["pair"], number][] = [
  ["‖x‖, which is only there for rounding", "row", 1, roundedPair, 512],
  ["‖x − x̂‖", "row", 2, aimedPair, 64],
  ["‖x̂‖", "row", 3, aimedPair, 64],
  ["‖E‖", "latent", 1, aimedPair, 64],
  ["‖E − Ê‖", "latent", 2, aimedPair, 64],
];

/** Problems that a missing bound changes soon: one latent above the k-th largest of a row, where latents are ranked. */
const TAMPERED: readonly [readonly Selection[], Omit<Plan, "d" | "pair" | "selection">][] = [
  [["jumprelu", "relu"], { B: 3, N: 384, aimed: 24 }],
  [["topk"], { B: 1, N: 64, aimed: 1 }],
];

for (const [title, side, column, pair, d] of COLUMNS) {
  gpuTest(`webgpu: a bound without ${title} excludes an active latent`, async () => {
    using backend = await createWebGpuBackend();
    const step = side === "row" ? ROW_BOUNDS : LATENT_BOUNDS;
    const tamper = (bounds: Bounds) => {
      for (let e = column; e < bounds[side].length; e += step) bounds[side][e] = 0;
    };
    const excludes = async (plan: Omit<Plan, "d" | "pair">, seed: number) => {
      const problem = aimedProblem(Random.fromSeed(seed), { ...plan, d, pair });
      const { screened, plain } = await encodeBoth(backend, problem, { tamper });
      if (difference(screened, plain) === undefined) return false;
      await assertEqualBits(backend, problem, "with all bounds");
      return true;
    };
    for (const [selections, sizes] of TAMPERED) {
      // A bias beside the threshold of a row is wider by more than the rounding that ‖x‖ is for.
      if (selections.includes("topk") && pair === roundedPair) continue;
      let seed = 1;
      while (!await excludes({ ...sizes, selection: selections[seed % selections.length] }, seed)) {
        assertLess(seed++, 200, `${selections}: no active latent has been excluded`);
      }
    }
  });
}
