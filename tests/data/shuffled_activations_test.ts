import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  activationBatches,
  type ByteSource,
  decodeFloats,
  encodeSafetensors,
  Random,
  repeated,
  ShuffledActivations,
  type ShuffledActivationsOptions,
  shuffledRows,
  type ShuffleState,
  sourceFromBytes,
} from "../../mod.ts";
import { STREAMS } from "../../src/base/random.ts";

const d = 2;

/** Files of rows [i, −i] from 0 on, in formats in turn. */
function filesOf(...sizes: number[]): ByteSource[] {
  let next = 0;
  return sizes.map((rows, i) => {
    const data = Float32Array.from({ length: rows * d }, (_, k) => k % 2 ? -next++ : next);
    const dtype = (["F32", "F16", "F64"] as const)[i % 3];
    return sourceFromBytes(encodeSafetensors({ x: { shape: [rows, d], data, dtype } }), `f${i}`);
  });
}

/** The same order by the functions that know of no state. */
async function expectedBatches(
  files: ByteSource[],
  { batchRows, bufferRows, rows, seed = 0 }: ShuffledActivationsOptions,
  count: number,
): Promise<Float32Array[]> {
  const random = Random.fromSeed(seed, STREAMS.shuffle);
  const options = { inputSize: d, bufferRows, batchRows, random: () => random.uniform() };
  const pass = () =>
    shuffledRows(activationBatches(files, { batchRows: 3, rows, partial: true }), options);
  const batches: Float32Array[] = [];
  for await (const batch of repeated(pass)) if (batches.push(batch) === count) break;
  return batches;
}

/** A state as JSON and its numbers, which is what a file keeps. */
function copied({ held, ...rest }: ShuffleState): ShuffleState {
  return { ...JSON.parse(JSON.stringify(rest)), held: held.slice() };
}

for (const sizes of [[23], [5, 1, 17], [40, 40]]) {
  for (const bufferRows of [1, 7, 1000]) {
    for (const rows of [undefined, { from: 2, to: 21 }]) {
      const name = `${sizes} rows, buffer ${bufferRows}${rows ? ", rows 2 to 21" : ""}`;
      Deno.test(`ShuffledActivations resumes at every batch of three passes: ${name}`, async () => {
        const files = filesOf(...sizes);
        const options = { batchRows: 4, bufferRows, rows, seed: 3 };
        const total = rows ? 19 : sizes.reduce((a, b) => a + b, 0);
        const count = 3 * Math.floor(total / 4) + 2;
        const expected = await expectedBatches(files, {
          ...options,
          bufferRows: Math.min(bufferRows, total),
        }, count);
        const batches = await ShuffledActivations.open(files, options);
        for (let k = 0; k < count; k++) {
          const state = copied(batches.state());
          const resumed = await ShuffledActivations.resume(files, options, state);
          assertEquals(resumed.state(), state);
          assertEquals(await resumed.next(), expected[k], `batch ${k}`);
          // And once more to the end from a few of them.
          for (let j = k + 1; k % 5 === 2 && j < count; j++) {
            assertEquals(await resumed.next(), expected[j], `batch ${j} from ${k}`);
          }
          assertEquals(await batches.next(), expected[k], `batch ${k}`);
        }
        assertEquals(batches.state().pass, 3);
      });
    }
  }
}

Deno.test("ShuffledActivations resumes float16 at every batch of three passes, in the order of their float32 values", async () => {
  const files = [9, 14].map((rows, i) => {
    const data = Float32Array.from({ length: rows * d }, (_, k) => (100 * i + k) / 8);
    return sourceFromBytes(encodeSafetensors({ x: { shape: [rows, d], data, dtype: "F16" } }));
  });
  for (const bufferRows of [1, 7, 1000]) {
    const options = { batchRows: 4, bufferRows, seed: 3, dtype: "F16" } as const;
    const count = 17;
    const floats = await ShuffledActivations.open(files, { ...options, dtype: "F32" });
    const batches = await ShuffledActivations.open(files, options);
    for (let k = 0; k < count; k++) {
      const state = copied(batches.state());
      const resumed = await ShuffledActivations.resume(files, options, state);
      assertEquals(resumed.state(), state);
      const batch = await batches.next();
      assert(batch instanceof Uint16Array);
      assertEquals(await resumed.next(), batch, `batch ${k}`);
      assertEquals(decodeFloats(new Uint8Array(batch.buffer), "F16"), await floats.next());
    }
    const state = batches.state();
    assertEquals(state.pass, 3);
    await assertRejects(
      () => ShuffledActivations.resume(files, { ...options, dtype: "F32" }, state),
      RangeError,
      'dtype is "F32" but "F16" in the state',
    );
    await assertRejects(
      () => ShuffledActivations.resume(files, options, { ...state, heldChecksum: 7 }),
      RangeError,
      "the data has changed",
    );
  }
});

Deno.test("ShuffledActivations has no state while the second of two batches is being read", async () => {
  const files = filesOf(30);
  const options = { batchRows: 4, bufferRows: 8 };
  const batches = await ShuffledActivations.open(files, options);
  const [first, second] = [batches.next(), batches.next()];
  await first;
  assertThrows(() => batches.state(), Error, "it is not between two batches");
  await second;
  const resumed = await ShuffledActivations.resume(files, options, batches.state());
  assertEquals(await resumed.next(), await batches.next());
});

Deno.test("ShuffledActivations continues after a loop over it was left", async () => {
  const files = filesOf(30);
  const options = { batchRows: 4, bufferRows: 8 };
  const batches = await ShuffledActivations.open(files, options);
  const seen: Float32Array[] = [];
  while (seen.length < 9) {
    for await (const batch of batches) {
      seen.push(batch);
      if (seen.length % 2 === 0) break;
    }
  }
  assertEquals(seen, await expectedBatches(files, options, seen.length));
});

Deno.test("ShuffledActivations.resume() reads the rows of the buffer, not those that have left", async () => {
  // 4 KiB a row, so that the reader's 4 MiB pieces are many.
  const width = 1024;
  const rows = 6000;
  const bytes = encodeSafetensors({
    x: { shape: [rows, width], data: new Float32Array(rows * width) },
  });
  let read = 0;
  const source = sourceFromBytes(bytes, "wide");
  const counted: ByteSource = {
    ...source,
    read(offset, length) {
      read += length;
      return source.read(offset, length);
    },
  };
  const options = { batchRows: 100, bufferRows: 50 };
  const batches = await ShuffledActivations.open([counted], options);
  while (batches.state().rowsRead < 5000) await batches.next();
  const state = batches.state();
  read = 0;
  await ShuffledActivations.resume([counted], options, state);
  // Pieces of 4 MiB hold 1024 rows; those in the buffer came within the last few hundred.
  assert(read < 2 * 4 * 2 ** 20, `${read} bytes`);
});

Deno.test("ShuffledActivations.resume() names options and files that differ", async () => {
  const files = filesOf(10, 12);
  const options = { batchRows: 4, bufferRows: 8, seed: 1 };
  const batches = await ShuffledActivations.open(files, options);
  for (let k = 0; k < 3; k++) await batches.next();
  const state = batches.state();
  const cases: [
    ByteSource[],
    Partial<ShuffledActivationsOptions>,
    Partial<ShuffleState>,
    string,
  ][] = [
    [files, { batchRows: 5 }, {}, "batchRows is 5 but 4 in the state"],
    [files, { bufferRows: 9 }, {}, "bufferRows is 9 but 8 in the state"],
    [files, { seed: 2 }, {}, "seed is 2 but 1 in the state"],
    [files, { rows: { from: 1 } }, {}, "rows is [1,22] but [0,22] in the state"],
    [filesOf(10, 13), {}, {}, 'file 2 is "13 rows of x, F16, '],
    [files.toReversed(), {}, {}, "file 1 is "],
    [
      files,
      {},
      { rowsRead: 23 },
      "with 22 rows and a buffer of 8, it cannot have read 23 rows and hold 8",
    ],
    [files, {}, { held: new Float64Array(9) }, "it cannot have read 20 rows and hold 9 of them"],
    [
      files,
      {},
      { held: Float64Array.of(3) },
      "it cannot have read 20 rows and hold 1 of them, each once",
    ],
    [
      files,
      {},
      { held: new Float64Array(8) },
      "it cannot have read 20 rows and hold 8 of them, each once",
    ],
    [files, {}, { held: Float64Array.of(21) }, "the state holds row 21, which it has not read"],
    [
      files,
      {},
      { held: Float64Array.of(0.5) },
      "held[0] must be an integer of at least 0 but is 0.5",
    ],
    [
      files,
      {},
      { held: Float64Array.of(NaN) },
      "held[0] must be an integer of at least 0 but is NaN",
    ],
    [
      files,
      {},
      { heldChecksum: 1 },
      "the data has changed: the 8 rows in the buffer have the checksum",
    ],
    [files, {}, { pass: -1 }, "pass must be an integer of at least 0 but is -1"],
  ];
  for (const [given, change, stateChange, message] of cases) {
    const error = await assertRejects(
      () =>
        ShuffledActivations.resume(given, { ...options, ...change }, { ...state, ...stateChange }),
      RangeError,
      message,
    );
    assert(error.message.startsWith("Cannot resume the shuffle: "), error.message);
  }
});

Deno.test("ShuffledActivations has no state while a batch is being read, nor after an error", async () => {
  const bytes = encodeSafetensors({
    x: { shape: [9, d], data: Float32Array.from({ length: 18 }, (_, i) => i === 15 ? NaN : i) },
  });
  const batches = await ShuffledActivations.open([sourceFromBytes(bytes, "spoilt")], {
    batchRows: 2,
    bufferRows: 2,
  });
  const stateless = () =>
    assertThrows(() => batches.state(), Error, "it is not between two batches");
  const first = batches.next();
  stateless();
  // All rows are checked when their piece is read.
  await assertRejects(
    () => first.then(() => batches.next()).then(() => batches.next()),
    RangeError,
    "row 7",
  );
  stateless();
  await assertRejects(() => batches.next(), Error, "an earlier error has ended the shuffle");
});

Deno.test("ShuffledActivations.open() names options out of range", async () => {
  const files = filesOf(10);
  const options = { batchRows: 4, bufferRows: 8 };
  const mistakes: [object, typeof Error, string][] = [
    [{ batchRows: 11 }, RangeError, "batchRows is 11 but there are 10 rows"],
    [{ batchRows: 0 }, RangeError, "batchRows must be an integer of at least 1 but is 0"],
    [{ bufferRows: 1.5 }, RangeError, "bufferRows must be an integer of at least 1 but is 1.5"],
    [{ seed: -1 }, RangeError, "seed must be an integer of at least 0 but is -1"],
    [{ rows: { to: 11 } }, RangeError, "Cannot read rows 0 to 11"],
    [{ seed: "1" }, TypeError, 'seed must be a number but is "1" (string)'],
  ];
  for (const [change, kind, message] of mistakes) {
    await assertRejects(
      () => ShuffledActivations.open(files, { ...options, ...change }),
      kind,
      message,
    );
  }
});
