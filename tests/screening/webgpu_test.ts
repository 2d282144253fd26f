/** Screening on WebGPU: the bits of the plain encode, and no term of the bound too many. */

import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
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
    for (const selection of ["relu", "jumprelu"] as const) {
      const plan = { selection, B: 5, d: 64, N: 640, aimed: 20, pair: aimedPair };
      const problem = aimedProblem(Random.fromSeed(1), plan);
      const { candidates, plain } = await encodeBoth(backend, problem);
      assertLess(candidates, 25);
      assert(candidates >= plain.rowOffsets[5] / 5);
    }
  });
});

/** The bounds that the test of the first digit takes. */
const COLUMNS: readonly [string, keyof Bounds, number, Plan["pair"], number][] = [
  ["‖x‖, which is only there for rounding", "row", 1, roundedPair, 512],
  ["‖x − x̂‖", "row", 2, aimedPair, 64],
  ["‖x̂‖", "row", 3, aimedPair, 64],
  ["‖E‖", "latent", 1, aimedPair, 64],
  ["‖E − Ê‖", "latent", 2, aimedPair, 64],
];

for (const [title, side, column, pair, d] of COLUMNS) {
  gpuTest(`webgpu: a bound without ${title} excludes an active latent`, async () => {
    using backend = await createWebGpuBackend();
    const step = side === "row" ? ROW_BOUNDS : LATENT_BOUNDS;
    const tamper = (bounds: Bounds) => {
      for (let e = column; e < bounds[side].length; e += step) bounds[side][e] = 0;
    };
    for (let seed = 1; seed <= 200; seed++) {
      const selection = seed % 2 === 0 ? "relu" : "jumprelu";
      const plan = { selection, B: 3, d, N: 384, aimed: 24, pair } as const;
      const problem = aimedProblem(Random.fromSeed(seed), plan);
      const { screened, plain } = await encodeBoth(backend, problem, { tamper });
      if (difference(screened, plain) === undefined) continue;
      await assertEqualBits(backend, problem, "with all bounds");
      return;
    }
    throw new Error("no active latent has been excluded");
  });
}
