import { assertEquals, assertRejects } from "@std/assert";
import { repeated, shuffledRows, type ShuffleOptions } from "../../src/data/shuffle.ts";

/** A small seeded generator (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rows [i, -i] for i from 0, in batches of these sizes. */
async function* rowsOf(...sizes: number[]): AsyncGenerator<Float32Array> {
  let i = 0;
  for (const size of sizes) {
    await Promise.resolve();
    const rows = Array.from({ length: size }, () => [i, -i++]);
    yield new Float32Array(rows.flat());
  }
}

/** The first values of all rows, by batch, having checked that each row stayed together. */
async function shuffle(
  batches: AsyncIterable<Float32Array>,
  options: Partial<ShuffleOptions>,
): Promise<number[][]> {
  const all: number[][] = [];
  const { random = seeded(1), bufferRows = 10, batchRows = 4, partial } = options;
  const out = shuffledRows(batches, { inputSize: 2, bufferRows, batchRows, random, partial });
  const arrays = new Set<ArrayBufferLike>();
  for await (const batch of out) {
    arrays.add(batch.buffer);
    const firsts: number[] = [];
    for (let k = 0; k < batch.length; k += 2) {
      assertEquals(batch[k + 1], -batch[k]);
      firsts.push(batch[k]);
    }
    all.push(firsts);
  }
  assertEquals(arrays.size, all.length, "each batch is a new array");
  return all;
}

const ascending = (values: number[]): number[] => values.toSorted((a, b) => a - b);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

Deno.test("shuffledRows() lets every row leave exactly once, whatever the sizes", async () => {
  for (const sizes of [[23], [5, 0, 18], [1, 1, 21], [3]]) {
    const n = sizes.reduce((a, b) => a + b, 0);
    for (const bufferRows of [1, 4, 22, 23, 24, 100]) {
      for (const batchRows of [1, 4, 23, 40]) {
        const out = await shuffle(rowsOf(...sizes), { bufferRows, batchRows, partial: true });
        assertEquals(ascending(out.flat()), upTo(n), `${sizes} ${bufferRows} ${batchRows}`);
        assertEquals(out.slice(0, -1).every((batch) => batch.length === batchRows), true);
      }
    }
  }
});

Deno.test("shuffledRows() drops the last partial batch unless asked for it", async () => {
  const out = await shuffle(rowsOf(11), { bufferRows: 5 });
  assertEquals(out.map((batch) => batch.length), [4, 4]);
  assertEquals(new Set(out.flat()).size, 8);
});

Deno.test("shuffledRows() gives one order per seed", async () => {
  const run = (seed: number) => shuffle(rowsOf(40), { random: seeded(seed) });
  assertEquals(await run(7), await run(7));
  assertEquals((await run(7)).join() === (await run(8)).join(), false);
  assertEquals((await run(7)).flat().join() === upTo(40).join(), false);
});

Deno.test("shuffledRows() is uniform if the buffer holds all rows", async () => {
  const random = seeded(3);
  const n = 5;
  const runs = 5000;
  const counts = new Array(n * n).fill(0);
  for (let run = 0; run < runs; run++) {
    const out = await shuffle(rowsOf(n), { bufferRows: n, batchRows: n, random });
    out[0].forEach((row, place) => counts[row * n + place]++);
  }
  // Each count is binomial: mean 1000, standard deviation √(5000 · 0.2 · 0.8) ≈ 28; 5 of them.
  for (const count of counts) assertEquals(Math.abs(count - runs / n) < 141, true, `${counts}`);
});

Deno.test("shuffledRows() holds back bufferRows rows and no more", async () => {
  let given = 0;
  async function* source() {
    for await (const batch of rowsOf(...new Array(100).fill(1))) {
      given++;
      yield batch;
    }
  }
  const out = shuffledRows(source(), {
    inputSize: 2,
    bufferRows: 10,
    batchRows: 4,
    random: seeded(1),
  });
  await out.next();
  assertEquals(given, 14);
  const out2 = await shuffle(rowsOf(100), { bufferRows: 10 });
  // A row leaves at most bufferRows places before the one at which it came.
  assertEquals(out2.flat().every((row, place) => row <= place + 10), true);
});

Deno.test("shuffledRows() copies the batches that come in, so they may be reused", async () => {
  const reused = new Float32Array(2);
  async function* source() {
    for await (const batch of rowsOf(1, 1, 1, 1)) {
      reused.set(batch);
      yield reused;
    }
  }
  const out = await shuffle(source(), { bufferRows: 3, batchRows: 2 });
  assertEquals(ascending(out.flat()), [0, 1, 2, 3]);
});

Deno.test("shuffledRows() closes its input when its consumer stops", async () => {
  let closed = false;
  async function* source() {
    try {
      yield* rowsOf(...new Array(100).fill(5));
    } finally {
      closed = true;
    }
  }
  const options = { inputSize: 2, bufferRows: 10, batchRows: 4, random: seeded(1) };
  for await (const _ of shuffledRows(source(), options)) break;
  assertEquals(closed, true);
});

Deno.test("shuffledRows() names options out of range", async () => {
  for (const name of ["inputSize", "bufferRows", "batchRows"]) {
    for (const value of [0, -1, 1.5, NaN]) {
      const options = { inputSize: 2, bufferRows: 2, batchRows: 2, random: Math.random };
      await assertRejects(
        () => shuffledRows(rowsOf(3), { ...options, [name]: value }).next(),
        RangeError,
        `Cannot shuffle rows: ${name} must be an integer of at least 1 but is ${value}`,
      );
    }
  }
});

Deno.test("shuffledRows() names incomplete rows, invalid random numbers and too few rows", async () => {
  async function* odd() {
    yield await Promise.resolve(new Float32Array(5));
  }
  await assertRejects(
    () => shuffle(odd(), {}),
    RangeError,
    "Cannot shuffle rows: a batch has 5 values, not a multiple of inputSize 2",
  );
  for (const value of [1, -0.1, NaN]) {
    await assertRejects(
      () => shuffle(rowsOf(30), { random: () => value }),
      RangeError,
      `the result of random must be at least 0 and below 1 but is ${value}`,
    );
  }
  await assertRejects(
    () => shuffle(rowsOf(3), { batchRows: 4 }),
    RangeError,
    "Cannot shuffle rows: batchRows is 4 but there are 3 rows",
  );
  for (const empty of [rowsOf(), rowsOf(0, 0)]) {
    await assertRejects(
      () => shuffle(empty, { partial: true }),
      RangeError,
      "Cannot shuffle rows: at least 1 row is needed but there are 0",
    );
  }
});

Deno.test("shuffledRows() names options and batches of the wrong type", async () => {
  const options = { inputSize: 2, bufferRows: 2, batchRows: 2, random: Math.random };
  const mistakes: [object | undefined, string][] = [
    [undefined, "options must be an object but is undefined"],
    [{ ...options, bufferRows: "2" }, 'bufferRows must be a number but is "2" (string)'],
    [{ ...options, random: 0.5 }, "random must be a function but is 0.5 (number)"],
    [{ ...options, random: () => "0.5" }, "the result of random must be a number but is "],
    [{ ...options, partial: 1 }, "partial must be true or false but is 1 (number)"],
  ];
  for (const [mistaken, message] of mistakes) {
    await assertRejects(
      () => shuffledRows(rowsOf(9), mistaken as ShuffleOptions).next(),
      TypeError,
      `Cannot shuffle rows: ${message}`,
    );
  }
  const plain = ReadableStream.from([[1, 2]]) as unknown as AsyncIterable<Float32Array>;
  await assertRejects(
    () => shuffledRows(plain, options).next(),
    TypeError,
    "Cannot shuffle rows: a batch must be a Float32Array but is an Array",
  );
});

Deno.test("repeated() requests every pass anew", async () => {
  let made = 0;
  const make = () => rowsOf(++made, 1);
  const sizes: number[] = [];
  for await (const batch of repeated(make, 3)) sizes.push(batch.length / 2);
  assertEquals(sizes, [1, 1, 2, 1, 3, 1]);
  for await (const _ of repeated(make, 0)) throw new Error("0 passes have no batch");
});

Deno.test("repeated() is endless by default", async () => {
  let count = 0;
  for await (const _ of repeated(() => rowsOf(1, 1))) if (++count === 100) break;
  assertEquals(count, 100);
});

Deno.test("repeated() refuses passes without batches and invalid counts", async () => {
  await assertRejects(
    () => repeated(() => rowsOf()).next(),
    RangeError,
    "Cannot repeat batches: pass 0 must have at least 1 but has 0",
  );
  for (const passes of [-1, 1.5, NaN]) {
    await assertRejects(
      () => repeated(() => rowsOf(1), passes).next(),
      RangeError,
      `passes must be an integer of at least 0 but is ${passes}`,
    );
  }
});

Deno.test("shuffledRows() shuffles float16 as it does float32, but refuses a mixture", async () => {
  const options = { inputSize: 1, bufferRows: 5, batchRows: 3, partial: true };
  const collect = async <B extends Float32Array | Uint16Array>(Kind: new (n: number[]) => B) => {
    async function* rows() {
      yield new Kind(upTo(7));
      yield new Kind([65535]);
    }
    const all: B[] = [];
    for await (const batch of shuffledRows(rows(), { ...options, random: seeded(4) })) {
      assertEquals(batch.constructor, Kind);
      all.push(batch);
    }
    return all.map((batch) => [...batch]);
  };
  assertEquals(await collect(Uint16Array), await collect(Float32Array));
  for (const [First, Second] of [[Float32Array, Uint16Array], [Uint16Array, Float32Array]]) {
    const rows = repeated<Float32Array | Uint16Array>(() => batchesOf(new First(2), new Second(2)));
    const mixed = shuffledRows(rows, { ...options, random: Math.random });
    await assertRejects(() => mixed.next(), TypeError, `a batch must be a ${First.name} but is`);
  }
});

async function* batchesOf<B>(...batches: B[]): AsyncGenerator<B> {
  for (const batch of batches) yield await Promise.resolve(batch);
}
