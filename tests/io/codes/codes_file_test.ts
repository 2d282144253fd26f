import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  codesFromDense,
  encodeSafetensors,
  readCodes,
  readCodesHeader,
  readSafetensorsHeader,
  sourceFromBytes,
  type SparseCodes,
  writeCodes,
} from "../../../mod.ts";
import { codesArrays } from "../../../src/io/codes/codes_layout.ts";
import { codesFileChunks } from "../../../src/io/codes/codes_writing.ts";

const CODES = codesFromDense(
  4,
  5,
  new Float32Array([0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4, 5, 6]),
);
const UNITS = { scale: new Float32Array([1, 2, 3, 4]), shift: new Float32Array([5, 6, 7, 8]) };
const ORIGIN = { autoencoder: "0123456789abcdef", createdBy: "a test" };

const bytesOf = (values: Uint32Array | Float32Array) =>
  sourceFromBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/** The file with bytes of one array replaced. */
async function changed(
  name: string,
  element: number,
  value: number,
  codes: SparseCodes = CODES,
): Promise<Uint8Array> {
  const file = writeCodes(codes);
  const { tensors } = await readSafetensorsHeader(sourceFromBytes(file));
  const { dtype, offset } = tensors.get(name)!;
  const view = new DataView(file.buffer);
  if (dtype === "F32") view.setFloat32(offset + 4 * element, value, true);
  else view.setUint32(offset + 4 * element, value, true);
  return file;
}

for (const rowUnits of [undefined, UNITS]) {
  const codes = rowUnits ? { ...CODES, rowUnits } : CODES;
  Deno.test(`readCodes() gives back what was written, units ${rowUnits ? "and all" : "or not"}`, async () => {
    const source = sourceFromBytes(writeCodes(codes, ORIGIN));
    assertEquals(await readCodes(source), codes);
    const { arrays: _, ...facts } = await readCodesHeader(source);
    const size = { rows: 4, latentCount: 5, entries: 6, normalized: rowUnits !== undefined };
    assertEquals(facts, { ...size, ...ORIGIN });
    const middle = await readCodes(source, { from: 1, to: 3 });
    assertEquals([...middle.rowOffsets], [0, 0, 1]);
    assertEquals([[...middle.indices], [...middle.values]], [[0], [3]]);
    assertEquals(middle.rowUnits && [...middle.rowUnits.scale], rowUnits && [2, 3]);
    assertEquals((await readCodes(source, { from: 2, to: 2 })).rows, 0);
  });

  Deno.test(`codesFileChunks() makes the same file of parts, units ${rowUnits ? "and all" : "or not"}`, async () => {
    const counts = CODES.rowOffsets.slice(1).map((end, b) => end - CODES.rowOffsets[b]);
    const parts = {
      counts: bytesOf(counts),
      indices: bytesOf(CODES.indices),
      values: bytesOf(CODES.values),
      units: rowUnits && [bytesOf(rowUnits.scale), bytesOf(rowUnits.shift)] as const,
    };
    const bytes: number[] = [];
    for await (const chunk of codesFileChunks(5, parts, ORIGIN)) bytes.push(...chunk);
    assertEquals(new Uint8Array(bytes), writeCodes(codes, ORIGIN));
  });
}

Deno.test("any safetensors reader finds the arrays, each at a multiple of its width", async () => {
  const { tensors } = await readSafetensorsHeader(sourceFromBytes(writeCodes(CODES, ORIGIN)));
  const found = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, ...shape]);
  assertEquals(found, [["rowOffsets", "U32", 5], ["indices", "U32", 6], ["values", "F32", 6]]);
  for (const { offset } of tensors.values()) assertEquals(offset % 4, 0);
});

Deno.test("offsets are I64 from 2³² entries on, and readable", async () => {
  const wide = { rows: 1, latentCount: 5, entries: 2 ** 32, normalized: false };
  assertEquals(codesArrays(wide)[0], { name: "rowOffsets", dtype: "I64", length: 2, bytes: 8 });
  // A file of 32 GiB, of which only what is asked for exists: row 1 has the two entries after 2³².
  const header = {
    __metadata__: { format: "sparse-codes", version: "1", latentCount: "5" },
    rowOffsets: { dtype: "I64", shape: [3], data_offsets: [0, 24] },
    indices: { dtype: "U32", shape: [2 ** 32 + 2], data_offsets: [24, 24 + 2 ** 34 + 8] },
    values: { dtype: "F32", shape: [2 ** 32 + 2], data_offsets: [32 + 2 ** 34, 40 + 2 ** 35] },
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + json.length + 24);
  const view = new DataView(head.buffer);
  view.setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  [0n, 2n ** 32n, 2n ** 32n + 2n].forEach((offset, i) =>
    view.setBigInt64(8 + json.length + 8 * i, offset, true)
  );
  const source = {
    name: "large",
    size: 8 + json.length + 40 + 2 ** 35,
    read: (offset: number, length: number) => {
      assert(length < 1000, `${length} bytes were asked for`);
      const bytes = new Uint8Array(length);
      if (offset < head.length) bytes.set(head.subarray(offset, offset + length));
      return Promise.resolve(bytes);
    },
  };
  const codes = await readCodes(source, { from: 1 });
  assertEquals([...codes.rowOffsets], [0, 2]);
  assertEquals(codes.indices.length, 2);
  await assertRejects(() => readCodes(source), RangeError, "more than 2³² − 1 at once");
});

Deno.test("readCodes() names missing, misshapen and impossible arrays", async (t) => {
  const floats = encodeSafetensors({ values: { shape: [1], data: new Float32Array(1) } });
  const entitled = encodeSafetensors(
    { values: { shape: [1], data: new Float32Array(1) } },
    { format: "sparse-codes", version: "1", latentCount: "5" },
  );
  const none = encodeSafetensors({}, { format: "sparse-codes", version: "1", latentCount: "0" });
  const file = writeCodes(CODES);
  const text = new TextDecoder("latin1").decode(file);
  const replaced = (from: string, to: string) =>
    Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0));
  const cases: [Uint8Array, ErrorConstructor, string][] = [
    [floats, TypeError, 'its format must be "sparse-codes" version 1 but is not given'],
    [entitled, RangeError, "rowOffsets must have one dimension of at least 1 but is missing"],
    [none, RangeError, 'latentCount must be an integer of at least 1 but is "0"'],
    [replaced('"indices"', '"indicez"'), RangeError, 'it has an array "indicez"'],
    [
      replaced('"U32","shape":[6]', '"F32","shape":[6]'),
      RangeError,
      "indices must be U32 [6] but is F32",
    ],
    [file.subarray(0, -4), RangeError, "file has"],
    [await changed("rowOffsets", 0, 1), RangeError, "rowOffsets must start at 0 but start at 1"],
    [await changed("rowOffsets", 4, 5), RangeError, "rowOffsets end at 5 but there are 6 entries"],
    [await changed("rowOffsets", 1, 4), RangeError, "rowOffsets fall from 4 to 2 at row 1"],
    [await changed("rowOffsets", 1, 4e9), RangeError, "rowOffsets fall from 4000000000 to 2"],
    [await changed("indices", 3, 5), RangeError, "index 5 of entry 3 is not below latentCount 5"],
    [await changed("values", 2, NaN), RangeError, "entry 2 is NaN"],
    [
      await changed("rowScale", 1, Infinity, { ...CODES, rowUnits: UNITS }),
      RangeError,
      "rowUnits.scale",
    ],
  ];
  for (const [bytes, kind, message] of cases) {
    await t.step(message, async () => {
      await assertRejects(() => readCodes(sourceFromBytes(bytes)), kind, message);
    });
  }
  const source = sourceFromBytes(file);
  await assertRejects(() => readCodes(source, { from: 3, to: 5 }), RangeError, "it has 4 rows");
  assertThrows(() => writeCodes({ ...CODES, rows: 3 }), RangeError, "3 rows need 4 rowOffsets");
});

Deno.test("a mutated file of codes is either read or refused by name", async () => {
  const file = writeCodes({ ...CODES, rowUnits: UNITS }, ORIGIN);
  const mutation = fc.tuple(fc.nat(file.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.nat(file.length),
      fc.boolean(),
      async (mutations, length, cut) => {
        const bytes = file.slice(0, cut ? length : undefined);
        for (const [at, value] of mutations) if (at < bytes.length) bytes[at] = value;
        try {
          await readCodes(sourceFromBytes(bytes));
        } catch (error) {
          assert(error instanceof RangeError || error instanceof TypeError, `${error}`);
          assert(error.message.startsWith("Cannot "), error.message);
        }
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});
