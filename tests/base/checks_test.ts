import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  authorCode,
  type Backend,
  codesFromDense,
  createBackend,
  evaluate,
  foldInputScale,
  initialParameters,
  matryoshkaLoss,
  Random,
  ReconstructionMetrics,
  samplePrefixes,
  Trainer,
} from "../../mod.ts";
import { checkNumber, shown } from "../../src/base/checks.ts";
import { randomProblem } from "../problems.ts";

const d = 3, N = 6;
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
  [{ penalty: {} }, 'penalty.kind must be one of "log", "l1", "none" but is undefined'],
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
  [{ squaredError: null }, 'squaredError must be one of "mean", "sum" but is null'],
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

const options: Untyped = { inputSize: d, latentCount: N, steps: 10, prefixCount: 2 };

/** Calls with a missing or mistaken argument, and what their errors say. */
const CALLS: [string, (backend: Backend) => unknown, string][] = [
  [
    "matryoshkaLoss() without options",
    (backend: Untyped) => (matryoshkaLoss as Untyped)(backend, parameters, batch),
    "Cannot compute the Matryoshka loss: options must be an object but is undefined",
  ],
  [
    "matryoshkaLoss() without prefixes",
    (backend) => matryoshkaLoss(backend, parameters, batch, {} as Untyped),
    "Cannot compute the Matryoshka loss: prefixes must be an array of numbers but is undefined",
  ],
  [
    "matryoshkaLoss() on a backend that was not awaited",
    () => matryoshkaLoss(Promise.resolve() as Untyped, parameters, batch, { prefixes: [N] }),
    "Cannot compute the Matryoshka loss: backend must be a Backend but is a Promise",
  ],
  [
    "matryoshkaLoss() without parameters",
    (backend) => matryoshkaLoss(backend, undefined as Untyped, batch, { prefixes: [N] }),
    "Cannot compute the Matryoshka loss: parameters must be an object but is undefined",
  ],
  ...[[1, 2, 3], new ArrayBuffer(12), new Float64Array(3), undefined].map((
    mistaken: Untyped,
  ): typeof CALLS[number] => [
    `matryoshkaLoss() on a batch that is ${shown(mistaken)}`,
    (backend) => matryoshkaLoss(backend, parameters, mistaken, { prefixes: [N] }),
    `Cannot compute the Matryoshka loss: the batch must be a Float32Array but is ${
      shown(mistaken)
    }`,
  ]),
  [
    "Trainer.create() without options",
    (backend) => (Trainer.create as Untyped)(backend),
    "Cannot create a trainer: options must be an object but is undefined",
  ],
  [
    "Trainer.create() without a backend",
    () => Trainer.create(undefined as Untyped, options),
    "Cannot create a trainer: backend must be a Backend but is undefined",
  ],
  [
    "Trainer.step() without a batch",
    async (backend) => {
      using trainer = await Trainer.create(backend, options);
      await (trainer.step as Untyped).call(trainer);
    },
    "Cannot take a training step: the batch must be a Float32Array but is undefined",
  ],
  [
    "Trainer.step() with prefixes in place of options",
    async (backend) => {
      using trainer = await Trainer.create(backend, options);
      await trainer.step(batch, [2, N] as Untyped);
    },
    "Cannot take a training step: options must be an object but is an Array",
  ],
  [
    "Trainer.step() with null for prefixes",
    async (backend) => {
      using trainer = await Trainer.create(backend, options);
      await trainer.step(batch, { prefixes: null as Untyped });
    },
    "Cannot take a training step: prefixes must be an array of numbers but is null",
  ],
  [
    "evaluate() without options",
    (backend) => (evaluate as Untyped)(backend, parameters, [batch]),
    "Cannot evaluate the autoencoder: options must be an object but is undefined",
  ],
  [
    "evaluate() without prefixes",
    (backend) => evaluate(backend, parameters, [batch] as Untyped, {} as Untyped),
    "Cannot evaluate the autoencoder: prefixes must be an array of numbers but is undefined",
  ],
  [
    "evaluate() without batches",
    (backend) => evaluate(backend, parameters, undefined as Untyped, { prefixes: [N] }),
    "Cannot evaluate the autoencoder: batches must be an async iterable of Float32Array but is undefined",
  ],
  [
    "evaluate() on a batch in place of batches",
    (backend) => evaluate(backend, parameters, batch as Untyped, { prefixes: [N] }),
    "Cannot evaluate the autoencoder: the batch must be a Float32Array but is ",
  ],
  [
    "authorCode() without options",
    () => (authorCode as Untyped)(),
    "Cannot make the author's options: options must be an object but is undefined",
  ],
  [
    "authorCode() without a target",
    () => authorCode({ inputSize: d, latentCount: N, steps: 10 } as Untyped),
    "Cannot make the author's options: targetL0 must be a number but is undefined",
  ],
  [
    "samplePrefixes() without options",
    () => (samplePrefixes as Untyped)(),
    "Cannot sample prefixes: options must be an object but is undefined",
  ],
  [
    "initialParameters() without a generator",
    () => (initialParameters as Untyped)(d, N),
    "Cannot make initial parameters: random must be a Random but is undefined",
  ],
  [
    "initialParameters() with a size in words",
    () => initialParameters("3" as Untyped, N, Random.fromSeed(1)),
    'Cannot make initial parameters: inputSize must be a number but is "3" (string)',
  ],
  [
    "foldInputScale() with a scale in words",
    () => foldInputScale(parameters, "2" as Untyped),
    'Cannot fold the input scale: scale must be a number but is "2" (string)',
  ],
  [
    "Random.fromSeed() of a word",
    () => Random.fromSeed("7" as Untyped),
    'Cannot seed the generator: seed must be a number or a bigint but is "7" (string)',
  ],
  [
    "Random.integer() of a word",
    () => Random.fromSeed(7).integer("7" as Untyped),
    'Cannot draw an integer: n must be a number but is "7" (string)',
  ],
  [
    "codesFromDense() with rows in words",
    () => codesFromDense("2" as Untyped, 3, new Float32Array(6)),
    'Cannot make sparse codes: rows must be a number but is "2" (string)',
  ],
  [
    "ReconstructionMetrics with sums in words",
    () => new ReconstructionMetrics(3, 1).add(batch, ["1"] as Untyped),
    'Cannot measure reconstruction: the squared error of prefix 0 must be a number but is "1" (string)',
  ],
];

for (const [what, call, message] of CALLS) {
  Deno.test(`${what} is a TypeError that names it`, async () => {
    using backend = await createBackend("reference");
    await assertRejects(async () => await call(backend), TypeError, message);
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
