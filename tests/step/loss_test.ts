import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  createBackend,
  type LossOptions,
  type LossResult,
  matryoshkaLoss,
  type SaeParameters,
} from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { backends } from "../backends.ts";
import { relativeError } from "../golden/golden.ts";
import {
  everyActivation,
  everyPenalty,
  everyScaling,
  type PlainLoss,
  plainLoss,
  randomProblem,
} from "../problems.ts";
import { WatchedBackend } from "../training/watched_backend.ts";

const ALGORITHMS = ["dense", "sparse"] as const;

/** Options of every kind, for 11 latents. */
function* everyOptions(): Generator<LossOptions> {
  for (const activation of everyActivation(11, 3)) {
    for (const penalty of everyPenalty) {
      for (const kind of everyScaling([0.5, 0, 2, 1.25])) {
        yield { ...kind, activation, penalty, prefixes: [1, 4, 5, 11] };
      }
    }
  }
}

function figuresOf({ loss, perPrefix }: LossResult | PlainLoss): number[][] {
  return [
    [loss],
    ...perPrefix.map((p) => [p.squaredError]),
    ...perPrefix.map((p) => [p.sparsity]),
    ...perPrefix.map((p) => [p.l0]),
    perPrefix.map((p) => p.prefix),
  ];
}

function assertSame(what: string, got: number[][], expected: number[][], most: number): void {
  expected.forEach((values, n) => {
    const error = relativeError(got[n], values);
    assert(error <= most, `${what}: figure ${n} is ${got[n]}, not ${values}`);
  });
}

for (const { name, create, lossTolerance } of backends) {
  for (const algorithm of ALGORITHMS) {
    Deno.test(`matryoshkaLoss() is what a forward pass per prefix gives (${name}, ${algorithm})`, async () => {
      using backend = await create();
      let seed = 100;
      for (const options of everyOptions()) {
        const problem = randomProblem(5, 4, 11, seed++);
        const { parameters, batch } = problem;
        const result = await matryoshkaLoss(backend, parameters, batch, { ...options, algorithm });
        const expected = figuresOf(plainLoss(problem, options));
        assertSame(JSON.stringify(options), figuresOf(result), expected, lossTolerance);
      }
    });

    Deno.test(`matryoshkaLoss() runs as many kernels for 30 prefixes as for one (${name}, ${algorithm})`, async () => {
      const { parameters, batch } = randomProblem(4, 3, 30, 2);
      const everyPrefix = Array.from({ length: 30 }, (_, i) => i + 1);
      const runs: string[][] = [];
      for (const prefixes of [[30], [2, 30], everyPrefix]) {
        using backend = new WatchedBackend(await create());
        await matryoshkaLoss(backend, parameters, batch, { prefixes, algorithm });
        runs.push(backend.recorded);
      }
      assert(runs[0].length >= 8, `only ${runs[0]} were seen`);
      assertEquals(runs[1], runs[0]);
      assertEquals(runs[2], runs[0]);
    });
  }

  Deno.test(`matryoshkaLoss() gives the same on both algorithms (${name})`, async () => {
    using backend = await create();
    // float64 sums differ in their order only; gradients are then rounded to float32.
    const most = name === "reference" ? 2 ** -23 : lossTolerance;
    let seed = 500;
    for (const options of everyOptions()) {
      const { parameters, batch } = randomProblem(5, 4, 11, seed++);
      const [dense, sparse] = await Promise.all(
        ALGORITHMS.map((algorithm) =>
          matryoshkaLoss(backend, parameters, batch, { ...options, algorithm })
        ),
      );
      const what = JSON.stringify(options);
      assertSame(what, figuresOf(sparse), figuresOf(dense), most);
      for (const parameter of PARAMETER_NAMES) {
        const error = relativeError(sparse.gradients[parameter], dense.gradients[parameter]);
        assert(error <= most, `${what}: ∂${parameter} differs by ${error}`);
      }
    }
  });

  Deno.test(`matryoshkaLoss() leaves its inputs as they are (${name})`, async () => {
    using backend = await create();
    const problem = randomProblem(5, 4, 11, 3);
    const before = structuredClone(problem);
    const prefixes = [2, 6, 11];
    const prefixWeights = [1, 2, 3];
    for (const algorithm of ALGORITHMS) {
      for (const activation of everyActivation(11, 2)) {
        const given = { prefixes, prefixWeights, activation, algorithm, subtractDecoderBias: true };
        const givenBefore = structuredClone(given);
        await matryoshkaLoss(backend, problem.parameters, problem.batch, given);
        assertEquals(problem, before);
        assertEquals(given, givenBefore);
      }
    }
  });

  Deno.test(`matryoshkaLoss() leaves nothing on the backend (${name})`, async () => {
    using backend = await create();
    const { parameters, batch } = randomProblem(5, 4, 11, 4);
    for (const algorithm of ALGORITHMS) {
      for (const activation of everyActivation(11, 2)) {
        await matryoshkaLoss(backend, parameters, batch, {
          prefixes: [3, 11],
          activation,
          algorithm,
        });
        assertEquals(backend.allocatedBytes, 0, `${algorithm} ${activation.kind}`);
      }
    }
  });
}

/** The loss of one problem, with and without options that should make no difference, or one. */
async function lossesOf(...options: LossOptions[]): Promise<LossResult[]> {
  using backend = await createBackend("reference");
  const { parameters, batch } = randomProblem(6, 5, 9, 8);
  return await Promise.all(options.map((o) => matryoshkaLoss(backend, parameters, batch, o)));
}

Deno.test("matryoshkaLoss() has the documented defaults", async () => {
  const prefixes = [2, 5, 9];
  const log = { kind: "log", coefficient: 0.2 } as const;
  const [plain, spelled, penalised, spelledLog, ...others] = await lossesOf(
    { prefixes },
    {
      prefixes,
      prefixWeights: [1, 1, 1],
      activation: { kind: "relu" },
      penalty: { kind: "none" },
      prefixReduction: "sum",
      squaredError: "mean",
      subtractDecoderBias: false,
      algorithm: "dense",
    },
    { prefixes, penalty: log },
    { prefixes, penalty: { ...log, epsilon: 0.1, subtractLogEpsilon: false } },
    { prefixes, activation: { kind: "identity" } },
    { prefixes, prefixReduction: "mean" },
    { prefixes, squaredError: "sum" },
    { prefixes, subtractDecoderBias: true },
    { prefixes, penalty: { ...log, epsilon: 0.2 } },
    { prefixes, penalty: { ...log, subtractLogEpsilon: true } },
  );
  assertEquals(plain, spelled);
  assertEquals(penalised, spelledLog);
  for (const other of others) {
    assertNotEquals(other.loss, plain.loss);
    assertNotEquals(other.loss, penalised.loss);
  }
});

Deno.test("matryoshkaLoss() is sparse unasked for topk, batchtopk and jumprelu only", async () => {
  const { parameters, batch } = randomProblem(5, 4, 11, 4);
  for (const activation of everyActivation(11, 2)) {
    using backend = new WatchedBackend(await createBackend("reference"));
    await matryoshkaLoss(backend, parameters, batch, { prefixes: [3, 11], activation });
    const sparse = ["topk", "batchtopk", "jumprelu"].includes(activation.kind);
    assertEquals(backend.recorded.includes("encodeSparse"), sparse, activation.kind);
    assertEquals(backend.recorded.includes("encode"), !sparse, activation.kind);
  }
});

Deno.test("matryoshkaLoss() with one prefix is an ordinary autoencoder's loss", async () => {
  using backend = await createBackend("reference");
  const problem = randomProblem(6, 5, 9, 8);
  const penalty = { kind: "l1", coefficient: 0.1 } as const;
  const { parameters, batch } = problem;
  const one = await matryoshkaLoss(backend, parameters, batch, { prefixes: [9], penalty });
  assertSame(
    "one prefix",
    [[one.loss]],
    [[plainLoss(problem, { prefixes: [9], penalty }).loss]],
    1e-12,
  );
});

Deno.test("matryoshkaLoss() gives latents beyond a prefix of weight 1 the gradient 0 if no other has weight", async () => {
  using backend = await createBackend("reference");
  const { parameters, batch } = randomProblem(6, 5, 9, 8);
  const penalty = { kind: "log", coefficient: 0.1 } as const;
  for (const algorithm of ALGORITHMS) {
    const options = { prefixes: [4, 9], prefixWeights: [1, 0], penalty, algorithm };
    const { gradients } = await matryoshkaLoss(backend, parameters, batch, options);
    const beyond = (q: SaeParameters) => [...q.encoder.slice(4 * 5), ...q.decoder.slice(4 * 5)];
    assert(beyond(gradients).every((value) => value === 0), algorithm);
    assert(gradients.decoder.some((value) => value !== 0), algorithm);
  }
});

Deno.test("matryoshkaLoss() takes typed arrays of prefixes and weights, and gives plain arrays", async () => {
  const [plain, typed, floats] = await lossesOf(
    { prefixes: [2, 5, 9], prefixWeights: [1, 0.5, 2] },
    { prefixes: Uint32Array.of(2, 5, 9), prefixWeights: Float64Array.of(1, 0.5, 2) },
    { prefixes: Float32Array.of(2, 5, 9), prefixWeights: Float32Array.of(1, 0.5, 2) },
  );
  assertEquals(typed, plain);
  assertEquals(floats, plain);
  assert(Array.isArray(typed.perPrefix));
});

Deno.test("matryoshkaLoss() keeps the lower latent on a tie, and over a batch the lower row", async () => {
  using backend = await createBackend("reference");
  const B = 3;
  const d = 4;
  const N = 6;
  const { parameters, batch } = randomProblem(B, d, N, 8);
  // Latents 2 and 4 are 20 in every row, whatever the row; the others are silent.
  const encoderBias = Float32Array.from([-99, -99, 20, -99, 20, -99]);
  const given = { ...parameters, encoder: new Float32Array(N * d), encoderBias };
  const prefixes = [2, 3, 4, 6];
  for (const algorithm of ALGORITHMS) {
    for (
      const [kind, kept] of [
        ["topk", [[2], [2], [2]]],
        ["batchtopk", [[2, 4], [2], []]],
      ] as const
    ) {
      const options = { prefixes, activation: { kind, k: 1 }, algorithm };
      const { perPrefix } = await matryoshkaLoss(backend, given, batch, options);
      prefixes.forEach((p, j) => {
        let squares = 0;
        let active = 0;
        kept.forEach((latents: readonly number[], b) => {
          const inside = latents.filter((i) => i < p);
          active += inside.length;
          for (let k = 0; k < d; k++) {
            const sum = inside.reduce((sum, i) => sum + 20 * given.decoder[i * d + k], 0);
            squares += (given.decoderBias[k] + sum - batch[b * d + k]) ** 2;
          }
        });
        const what = `${kind} ${algorithm}, prefix ${p}`;
        assertEquals(perPrefix[j].l0, active / B, what);
        // The rows differ, so that keeping others gives another error.
        assert(relativeError([perPrefix[j].squaredError], [squares / (B * d)]) < 1e-12, what);
      });
    }
  }
});
