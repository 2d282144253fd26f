import { assertEquals, assertRejects } from "@std/assert";
import { activationBatches, describeActivations } from "../../src/data/activations.ts";
import { sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { encodeSafetensors } from "../../src/io/arrays/safetensors.ts";
import { collect, counted, counting, npy, three } from "./shards.ts";

Deno.test("activationBatches() continues across shards of different formats", async () => {
  assertEquals(await collect(activationBatches(three(), { batchRows: 4 })), [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [8, 9, 10, 11, 12, 13, 14, 15],
  ]);
});

Deno.test("activationBatches() drops the last partial batch unless asked for it", async () => {
  assertEquals((await collect(activationBatches(three(), { batchRows: 3 }))).length, 2);
  assertEquals(await collect(activationBatches(three(), { batchRows: 3, partial: true })), [
    [0, 1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10, 11],
    [12, 13, 14, 15],
  ]);
});

Deno.test("activationBatches() counts a range of rows across all shards", async () => {
  const read = (from: number | undefined, to: number | undefined, batchRows: number) =>
    collect(activationBatches(three(), { batchRows, rows: { from, to }, partial: true }));
  for (let from = 0; from < 8; from++) {
    for (let to = from + 1; to <= 8; to++) {
      const values = (await read(from, to, 2)).flat();
      assertEquals(values, counting(to - from, 2, from * 2).flat(), `${from} to ${to}`);
    }
  }
  assertEquals(await read(7, undefined, 5), [[14, 15]]);
  assertEquals(await read(undefined, 1, 5), [[0, 1]]);
  await assertRejects(
    () => read(5, 9, 2),
    RangeError,
    "Cannot read rows 5 to 9 of the activations: it has 8 rows",
  );
  await assertRejects(
    () => read(8, undefined, 2),
    RangeError,
    "Cannot read activations in batches: at least 1 row is needed but rows 8 to 8 are 0",
  );
  await assertRejects(
    () => read("5" as unknown as number, 8, 2),
    TypeError,
    'Cannot read rows of the activations: from must be a number but is "5" (string)',
  );
});

Deno.test("activationBatches() reads big-endian .npy files", async () => {
  const source = npy("big.npy", [[1, -2]]);
  const bytes = (await source.read(0, source.size)).slice();
  bytes[bytes.indexOf("<".charCodeAt(0))] = ">".charCodeAt(0);
  for (const at of [128, 136]) bytes.subarray(at, at + 8).reverse();
  const batches = activationBatches([sourceFromBytes(bytes)], { batchRows: 1 });
  assertEquals(await collect(batches), [[1, -2]]);
});

Deno.test("activationBatches() yields a new array each time", async () => {
  const batches: Float32Array[] = [];
  for await (const batch of activationBatches(three(), { batchRows: 1 })) batches.push(batch);
  assertEquals(new Set(batches.map((b) => b.buffer)).size, 8);
  for (const batch of batches) assertEquals(batch.byteLength, batch.buffer.byteLength);
});

Deno.test("activationBatches() reads at most 4 MiB at once, and no rows that it drops", async () => {
  const rows = 3000;
  const d = 1000; // 6 MB of F16
  const data = Float32Array.from({ length: rows * d }, (_, i) => i % 2048);
  const source = counted(
    sourceFromBytes(encodeSafetensors({ x: { shape: [rows, d], data, dtype: "F16" } })),
  );
  for (const batchRows of [7, 2999]) {
    source.reads.length = 0;
    let row = 0;
    for await (const batch of activationBatches([source], { batchRows })) {
      if (row === 0 && batchRows === 7) assertEquals(source.reads.length, 4); // magic, 2 of header, 1
      assertEquals([batch[0], batch.at(-1)], [data[row * d], data[(row + batchRows) * d - 1]]);
      row += batchRows;
    }
    const read = source.reads.slice(3);
    assertEquals(Math.max(...read) <= 4 << 20, true, `${read}`);
    assertEquals(read.reduce((a, b) => a + b), row * d * 2);
    assertEquals(read.length, 2);
  }
});

Deno.test("activationBatches() reads a row longer than 4 MiB in one piece", async () => {
  const d = (4 << 20) / 4 + 3;
  const data = new Float32Array(2 * d).fill(1);
  data[d] = 2;
  const source = sourceFromBytes(encodeSafetensors({ x: { shape: [2, d], data } }));
  const firsts: number[] = [];
  for await (const batch of activationBatches([source], { batchRows: 1 })) firsts.push(batch[0]);
  assertEquals(firsts, [1, 2]);
});

Deno.test("activationBatches() stops reading when its consumer stops", async () => {
  const sources = three().map(counted);
  for await (const _ of activationBatches(sources, { batchRows: 2 })) break;
  assertEquals(sources.map(({ reads }) => reads.length), [4, 3, 3]); // one read of data in all
});

Deno.test("describeActivations() counts rows and says how each shard keeps them", async () => {
  const sources = three().map(counted);
  assertEquals(await describeActivations(sources), {
    rows: 8,
    inputSize: 2,
    shards: [
      {
        name: "a.safetensors",
        format: "safetensors",
        tensor: "activations",
        dtype: "F16",
        rows: 3,
      },
      { name: "b.safetensors", format: "npy", dtype: "F64", rows: 1 },
      { name: "c", format: "safetensors", tensor: "activations", dtype: "BF16", rows: 4 },
    ],
  });
  assertEquals(sources.map(({ reads }) => reads.length), [3, 3, 3]);
});
