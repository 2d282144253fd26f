/** How much is read of arrays whose rows do not lie one behind the other. */

import { assertEquals, assertLess } from "@std/assert";
import { readArrayRows } from "../../../src/io/arrays/array_rows.ts";

Deno.test("a transposed [batch, seq, d] array is read about once, however far apart its batches lie", async () => {
  const [batches, d, seq] = [4, 64, 32];
  const stored = Float32Array.from({ length: batches * d * seq }, (_, i) => i);
  const bytes = new Uint8Array(stored.buffer);
  let total = 0;
  const read = (offset: number, length: number) => {
    total += length;
    return Promise.resolve(bytes.slice(offset, offset + length));
  };
  // The view [batch, seq, d] of an array that is stored as [batch, d, seq].
  const array = {
    dtype: "F32",
    bigEndian: false,
    shape: [batches, seq, d],
    strides: [d * seq, 1, seq],
    offset: 0,
  } as const;
  const rows = new Float32Array((await readArrayRows(read, array, 0, batches * seq)).buffer);
  const expected = Array.from({ length: batches * seq * d }, (_, i) => {
    const [k, s, b] = [i % d, Math.floor(i / d) % seq, Math.floor(i / d / seq)];
    return stored[(b * d + k) * seq + s];
  });
  assertEquals([...rows], expected);
  // Neighbouring batches lie within a piece, so that what is between their rows is read for each column.
  assertLess(total, bytes.length * d);
});

Deno.test("batches that lie further apart than a piece are read without what lies between them", async () => {
  const [batches, seq, d, apart] = [3, 2, 3, 1 << 20];
  let total = 0;
  const read = (_: number, length: number) => {
    total += length;
    return Promise.resolve(new Uint8Array(length));
  };
  const array = {
    dtype: "F16",
    bigEndian: false,
    shape: [batches, seq, d],
    strides: [apart, 1, seq],
    offset: 0,
  } as const;
  await readArrayRows(read, array, 0, batches * seq);
  assertEquals(total, batches * seq * d * 2);
});
