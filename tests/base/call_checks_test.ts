import { assertEquals, assertRejects } from "@std/assert";
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
import { shown } from "../../src/base/checks.ts";
import { randomProblem } from "../problems.ts";

const d = 3;
const N = 6;
const { parameters, batch } = randomProblem(4, d, N, 1);

// What follows calls as untyped JavaScript would.
// deno-lint-ignore no-explicit-any
type Untyped = any;

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
