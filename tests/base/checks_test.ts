import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createBackend,
  foldInputScale,
  initialParameters,
  matryoshkaLoss,
  Random,
  Trainer,
} from "../../mod.ts";
import { checkNumber, firstBeyond } from "../../src/base/checks.ts";
import { randomProblem } from "../problems.ts";

const d = 3;
const N = 6;
const { parameters, batch } = randomProblem(4, d, N, 1);

// What follows calls as untyped JavaScript would.
// deno-lint-ignore no-explicit-any
type Untyped = any;

const TRAINER: [Record<string, Untyped>, string][] = [
  [{ inputSize: "3" }, 'inputSize must be a number but is "3" (string)'],
  [{ latentCount: undefined }, "latentCount must be a number but is undefined"],
  [{ steps: 10n }, "steps must be a number but is 10 (bigint)"],
  [{ learningRate: "0.01" }, 'learningRate must be a number but is "0.01" (string)'],
  [{ learningRate: null }, "learningRate must be a number but is null"],
  [{ adamEpsilon: "1e-8" }, 'adamEpsilon must be a number but is "1e-8" (string)'],
  [{ beta1: "0.5" }, 'beta1 must be a number but is "0.5" (string)'],
  [{ beta2: [0.9] }, "beta2 must be a number but is an Array"],
  [{ clipNorm: "1" }, 'clipNorm must be a number but is "1" (string)'],
  [{ targetL0: "2" }, 'targetL0 must be a number but is "2" (string)'],
  [{ targetL0: null }, "targetL0 must be a number but is null"],
  [{ sparsityRate: true }, "sparsityRate must be a number but is true (boolean)"],
  [{ sparsityWarmup: "0.2" }, 'sparsityWarmup must be a number but is "0.2" (string)'],
  [{ warmupSteps: "5" }, 'warmupSteps must be a number but is "5" (string)'],
  [{ decayFraction: "0.2" }, 'decayFraction must be a number but is "0.2" (string)'],
  [{ permuteEvery: "5" }, 'permuteEvery must be a number but is "5" (string)'],
  [{ deadAfter: "5" }, 'deadAfter must be a number but is "5" (string)'],
  [{ minimumPrefix: "1" }, 'minimumPrefix must be a number but is "1" (string)'],
  [{ prefixExponent: "0.5" }, 'prefixExponent must be a number but is "0.5" (string)'],
  [{ prefixCount: "2" }, 'prefixCount must be a number but is "2" (string)'],
  [{ prefixCount: null }, "prefixCount must be a number but is null"],
  [
    { prefixCount: undefined, prefixes: 6 },
    "prefixes must be an array of numbers but is 6 (number)",
  ],
  [{ prefixCount: undefined, prefixes: ["6"] }, 'prefixes[0] must be a number but is "6" (string)'],
  [{ prefixCount: undefined, prefixes: "6" }, 'prefixes must be an array of numbers but is "6"'],
  [
    { prefixCount: undefined, prefixFractions: ["1"] },
    'fraction 0 must be a number but is "1" (string)',
  ],
  [{ prefixWeights: ["2", 1] }, 'prefixWeights[0] must be a number but is "2" (string)'],
  [{ prefixWeights: 2 }, "prefixWeights must be an array of numbers but is 2 (number)"],
  [{ subtractDecoderBias: "false" }, 'subtractDecoderBias must be true or false but is "false"'],
  [{ seed: "5" }, 'seed must be a number or a bigint but is "5" (string)'],
  [{ path: 3 }, "path must be one of"],
  [{ inputScaling: null }, "inputScaling must be one of"],
  [{ initial: null }, "initial must be an object but is null"],
  [{ initial: [1] }, "initial must be an object but is an Array"],
];

const LOSS: [Record<string, Untyped>, string][] = [
  [
    { activation: "relu" },
    'activation must be an object like {kind: "relu"} but is "relu" (string)',
  ],
  [{ activation: null }, 'activation must be an object like {kind: "relu"} but is null'],
  [{ activation: {} }, 'activation.kind must be one of "relu", "identity", "topk", '],
  [{ activation: { kind: "topk", k: "2" } }, 'k must be a number but is "2" (string)'],
  [{ activation: { kind: "topk" } }, "k must be a number but is undefined"],
  [{ activation: { kind: "jumprelu" } }, "threshold must be a Float32Array but is undefined"],
  [
    { activation: { kind: "jumprelu", threshold: [0, 0, 0, 0, 0, 0] } },
    "threshold must be a Float32Array but is an Array",
  ],
  [{ penalty: "l1" }, 'penalty must be an object like {kind: "l1", coefficient: 0.1} but is "l1"'],
  [
    { penalty: {} },
    'penalty.kind must be one of "log", "l1", "tanh", "l0", "targetL0", "none" but is undefined',
  ],
  [
    { penalty: { kind: "l1", coefficient: null } },
    "penalty.coefficient must be a number but is null",
  ],
  [
    { penalty: { kind: "l1", coefficient: "1" } },
    'penalty.coefficient must be a number but is "1" (string)',
  ],
  [
    { penalty: { kind: "log", coefficient: 1, epsilon: "5" } },
    'penalty.epsilon must be a number but is "5" (string)',
  ],
  [
    { penalty: { kind: "log", coefficient: 1, subtractLogEpsilon: "no" } },
    'penalty.subtractLogEpsilon must be true or false but is "no" (string)',
  ],
  [{ prefixReduction: ["mean"] }, 'prefixReduction must be one of "sum", "mean" but is an Array'],
  [{ squaredError: null }, 'squaredError must be one of "mean", "sum", "variance" but is null'],
];

for (const [options, message] of [...TRAINER, ...LOSS]) {
  Deno.test(`Trainer.create() says that ${message}`, async () => {
    using backend = await createBackend("reference");
    const given: Untyped = { inputSize: d, latentCount: N, steps: 10, prefixCount: 2, ...options };
    const error = await assertRejects(() => Trainer.create(backend, given), TypeError, message);
    assertEquals(error.message.slice(0, 7), "Cannot ");
    assertEquals(backend.allocatedBytes, 0);
  });
}

for (const [options, message] of LOSS) {
  Deno.test(`matryoshkaLoss() says that ${message}`, async () => {
    using backend = await createBackend("reference");
    const given: Untyped = { prefixes: [2, N], ...options };
    await assertRejects(
      () => matryoshkaLoss(backend, parameters, batch, given),
      TypeError,
      `Cannot compute the Matryoshka loss: ${message}`,
    );
    assertEquals(backend.allocatedBytes, 0);
  });
}

Deno.test("foldInputScale() refuses a scale under which values do not stay finite", () => {
  assertThrows(
    () => foldInputScale(parameters, 1e-45),
    RangeError,
    "Cannot fold the input scale: element 0 of decoder is ",
  );
  for (const scale of [0, -1, NaN, Infinity]) {
    assertThrows(() => foldInputScale(parameters, scale), RangeError, "scale must be positive");
  }
});

Deno.test("initialParameters() makes rows of 200,000 values", () => {
  const { encoder, decoder } = initialParameters(200_000, 1, Random.fromSeed(1));
  const norm = (row: Float32Array) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  assertEquals(Math.abs(norm(encoder) - 1) < 0.01, true);
  assertEquals(Math.abs(norm(decoder) - 0.1) < 1e-6, true);
});

Deno.test("firstBeyond() finds the first value beyond, wherever it is", () => {
  for (const length of [1, 4, 9]) {
    for (const kind of [Float32Array, Float64Array]) {
      const values = new kind(length).fill(-2);
      assertEquals([firstBeyond(values), firstBeyond(values, 2)], [-1, -1]);
      for (let at = length - 1; at >= 0; at--) {
        values[at] = at % 2 === 0 ? NaN : -3;
        assertEquals(firstBeyond(values, 2), at);
      }
    }
  }
});

Deno.test("checkNumber() keeps to its bounds, and says them in words", () => {
  const check = (value: number, bounds: Parameters<typeof checkNumber>[3]) => () =>
    checkNumber(value, "x", "count", bounds);
  for (
    const [value, bounds] of [
      [0, { least: 0 }],
      [1, { least: 0, most: 1 }],
      [5e-324, { above: 0 }],
      [Infinity, { above: 0, most: Infinity }],
      [-3, {}],
    ] as const
  ) {
    assertEquals(check(value, bounds)(), value);
  }
  for (
    const [value, bounds, words] of [
      [-1, { least: 0 }, "at least 0 but is -1"],
      [2, { least: 0, most: 1 }, "from 0 to 1 but is 2"],
      [0, { above: 0 }, "positive but is 0"],
      [2, { above: 1, most: 1.5 }, "above 1 and at most 1.5 but is 2"],
      [1, { least: 0, below: 1 }, "at least 0 and below 1 but is 1"],
      [Infinity, { least: 0 }, "at least 0 and finite but is Infinity"],
      [NaN, { above: 0, most: Infinity }, "positive but is NaN"],
      [-Infinity, {}, "finite but is -Infinity"],
    ] as const
  ) {
    assertThrows(check(value, bounds), RangeError, `Cannot count: x must be ${words}`);
  }
});
