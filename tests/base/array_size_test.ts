import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ActivityMetrics,
  authorCode,
  checkTrainerOptions,
  createBackend,
  denseFromCodes,
  initialParameters,
  Random,
  ReconstructionMetrics,
  samplePrefixes,
  shuffledRows,
  ToyTree,
  Trainer,
} from "../../mod.ts";

const random = Random.fromSeed(1);
const HUGE = [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** What takes a size, and what its error says of a huge one. */
const TAKERS: [string, (n: number) => unknown, string][] = [
  [
    "initialParameters, latentCount",
    (n) => initialParameters(4, n, random),
    "Cannot make initial parameters: latentCount × inputSize must be at most 1073741824 but is N × 4",
  ],
  ["initialParameters, inputSize", (n) => initialParameters(n, 4, random), "but is 4 × N"],
  [
    "checkTrainerOptions",
    (n) => checkTrainerOptions({ inputSize: 4, latentCount: n, steps: 4 }),
    "Cannot create a trainer: latentCount × inputSize must be at most 1073741824 but is N × 4",
  ],
  [
    "authorCode",
    (n) => authorCode({ inputSize: n, latentCount: 4, steps: 4, targetL0: 1 }),
    "Cannot make the author's options: latentCount × inputSize must be at most",
  ],
  [
    "ToyTree.create",
    (n) => ToyTree.create({ inputSize: n }),
    "Cannot create the toy tree: featureCount × inputSize must be at most 1073741824 but is 20 × N",
  ],
  [
    "ToyTree.sample",
    (n) => ToyTree.create().sample(n, random),
    "Cannot sample the toy tree: rows × inputSize must be at most 1073741824 but is N × 20",
  ],
  [
    "samplePrefixes",
    (n) => samplePrefixes({ latentCount: n, prefixCount: n - 1 }, () => 0.5),
    "Cannot sample prefixes: latentCount must be at most 1073741824 but is N",
  ],
];

Deno.test("a size beyond what any backend can address is refused by name, whoever takes it", () => {
  for (const [name, take, message] of TAKERS) {
    for (const n of HUGE) {
      const error = assertThrows(() => take(n), RangeError);
      assertStringIncludes(error.message, message.replace("N", `${n}`), name);
    }
  }
});

Deno.test("Trainer.create() refuses such sizes on every backend", async () => {
  for (const name of ["reference", "wasm"] as const) {
    const backend = await createBackend(name);
    await assertRejects(
      () => Trainer.create(backend, { inputSize: 64, latentCount: 2 ** 31, steps: 4 }),
      RangeError,
      "Cannot create a trainer: latentCount × inputSize must be at most 1073741824 but is 2147483648 × 64",
    );
    backend[Symbol.dispose]();
  }
});

Deno.test("an array that does not fit into memory is an error that names its dimensions", async () => {
  const n = 2 ** 50;
  const codes = {
    rows: 1,
    latentCount: n,
    rowOffsets: new Uint32Array(2),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  };
  const reference = await createBackend("reference");
  const takers: [() => unknown, string][] = [
    [() => new ActivityMetrics(n), `Cannot measure activity: latentCount = ${n} values`],
    [() => new ReconstructionMetrics(n, 1), `measure reconstruction: inputSize = ${n} values`],
    [() => new ReconstructionMetrics(1, n), `measure reconstruction: prefixCount = ${n} values`],
    [
      () => denseFromCodes(codes),
      `Cannot make dense activations: rows × latentCount = 1 × ${n} values do not fit into memory`,
    ],
    [() => reference.tensor("f32", [n]), `Cannot make a tensor: f32[${n}] does not fit`],
  ];
  for (const [take, message] of takers) {
    assertStringIncludes(assertThrows(take, RangeError).message, message);
  }
  reference[Symbol.dispose]();
  const shuffle = { inputSize: 2, bufferRows: 4, batchRows: 4, random: () => 0.5, partial: true };
  for (const size of ["bufferRows", "batchRows"]) {
    const batches = shuffledRows(
      (async function* () {
        yield await Promise.resolve(new Float32Array(4));
      })(),
      { ...shuffle, [size]: n },
    );
    const message = `Cannot shuffle rows: ${size} × inputSize = ${n} × 2 values do not fit`;
    await assertRejects(() => batches.next(), RangeError, message);
  }
});

Deno.test("errors count one thing in the singular", async () => {
  const one = (async function* () {
    yield await Promise.resolve(new Float32Array(2));
  })();
  const options = { inputSize: 2, bufferRows: 4, batchRows: 4, random: () => 0.5 };
  const error = await assertRejects(() => shuffledRows(one, options).next(), RangeError);
  assertEquals(error.message, "Cannot shuffle rows: batchRows is 4 but there is 1 row");
});
