/** Evaluation over ranks: the same bits for any number of them. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Activation,
  type BackendName,
  type Communicator,
  createBackend,
  evaluate,
  type EvaluateOptions,
  initialParameters,
  Random,
  runRanks,
} from "../../mod.ts";

const d = 6;
const N = 24;
const parameters = initialParameters(d, N, Random.fromSeed(3));

/** Five batches, the last the smallest. The mean is large, so that rounding would show another order. */
function someBatches(): Float32Array[] {
  const random = Random.fromSeed(4);
  return [9, 9, 9, 9, 2].map((rows) =>
    Float32Array.from({ length: rows * d }, () => 30 + random.normal())
  );
}

const dealt = (batches: readonly Float32Array[], { rank, size }: Communicator) =>
  batches.filter((_, number) => number % size === rank);

async function* given(batches: readonly Float32Array[]): AsyncGenerator<Float32Array> {
  yield* batches;
}

/** Evaluates on every rank, each with a backend of its own. */
function overRanks(
  size: number,
  name: BackendName,
  batches: readonly Float32Array[],
  options: EvaluateOptions,
) {
  return runRanks(size, async (communicator) => {
    using backend = await createBackend(name);
    const mine = given(dealt(batches, communicator));
    return await evaluate(backend, parameters, mine, { ...options, communicator });
  });
}

const CASES: [string, BackendName, Activation, Partial<EvaluateOptions>][] = [
  ["relu", "wasm", { kind: "relu" }, {}],
  ["topk, centred", "wasm", { kind: "topk", k: 3 }, { subtractDecoderBias: true }],
  ["batchtopk", "wasm", { kind: "batchtopk", k: 3 }, {}],
  ["batchtopk, normalised", "reference", { kind: "batchtopk", k: 3 }, {
    inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
  }],
];
for (const [title, name, activation, more] of CASES) {
  Deno.test(`evaluate() gives the same bits on any number of ranks, ${title}`, async () => {
    const options = { prefixes: [4, 12, N], activation, ...more };
    using backend = await createBackend(name);
    const alone = await evaluate(backend, parameters, given(someBatches()), options);
    // Five ranks have a batch each, and of eight some have none.
    for (const size of [1, 2, 3, 5, 8]) {
      const all = await overRanks(size, name, someBatches(), options);
      assertEquals(all, Array.from({ length: size }, () => alone));
    }
  });
}

Deno.test("evaluate() ends on all ranks if the data of one is bad, and says which row it is", async () => {
  const batches = someBatches();
  batches[4][d + 1] = NaN;
  for (const size of [2, 3, 8]) {
    const messages = await runRanks(size, async (communicator) => {
      using backend = await createBackend("reference");
      const before = backend.allocatedBytes;
      const mine = given(dealt(batches, communicator));
      const options = { prefixes: [N], communicator };
      const message = await evaluate(backend, parameters, mine, options)
        .then(() => "", (error: Error) => error.message);
      assertEquals(backend.allocatedBytes, before);
      return message;
    });
    const failing = 4 % size;
    messages.forEach((message, rank) => {
      const where = rank === failing ? "row 1 of the batch" : `rank ${failing}: row 37`;
      assertEquals(message, `Cannot evaluate the autoencoder: ${where} has NaN`);
    });
  }
});

Deno.test("evaluate() ends on all ranks if one cannot read its batches", async () => {
  async function* broken() {
    yield someBatches()[0];
    await Promise.resolve();
    throw new Error("the disk is gone");
  }
  const messages = await runRanks(3, async (communicator) => {
    using backend = await createBackend("reference");
    const mine = communicator.rank === 1 ? broken() : given([...someBatches(), ...someBatches()]);
    return await evaluate(backend, parameters, mine, { prefixes: [N], communicator })
      .then(() => "", (error: Error) => error.message);
  });
  const elsewhere = "Cannot evaluate the autoencoder: rank 1: the disk is gone";
  assertEquals(messages, [elsewhere, "the disk is gone", elsewhere]);
});

Deno.test("evaluate() refuses ranks without any row, and batches that are not dealt in turn", async () => {
  const [one, two] = someBatches();
  const misdealt = "the batches must be dealt to the ranks in turn, but rank";
  const cases: [Float32Array[][], string][] = [
    [[[], []], "at least 1 row is needed but there are 0"],
    [[[], [one]], `${misdealt} 1 has one in round 0 after rank 0 had none`],
    [[[one, two], []], `${misdealt} 0 has one in round 1 after rank 1 had none`],
  ];
  for (const [lists, message] of cases) {
    await assertRejects(
      () =>
        runRanks(2, async (communicator) => {
          using backend = await createBackend("reference");
          const mine = given(lists[communicator.rank]);
          await evaluate(backend, parameters, mine, { prefixes: [N], communicator });
        }),
      RangeError,
      `Cannot evaluate the autoencoder: ${message}`,
    );
  }
});
