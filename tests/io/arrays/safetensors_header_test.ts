import { assertEquals, assertRejects } from "@std/assert";
import { type ByteSource, sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import { readSafetensorsHeader } from "../../../src/io/arrays/safetensors.ts";
import { file } from "./safetensors_file.ts";

const f32 = (shape: unknown, ...data_offsets: unknown[]) => ({ dtype: "F32", shape, data_offsets });

function refused(
  source: ByteSource,
  Kind: new (message: string) => Error,
  message: string,
): Promise<Error> {
  return assertRejects(() => readSafetensorsHeader(source), Kind, message);
}

Deno.test("readSafetensorsHeader() refuses header lengths beyond the file or the limit", async () => {
  const of = (length: bigint, size: number): ByteSource => ({
    name: "a.safetensors",
    size,
    read: (offset) => {
      if (offset > 0) throw new Error("the header must not be read");
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      return Promise.resolve(bytes);
    },
  });
  await refused(
    sourceFromBytes(new Uint8Array(7), "a.safetensors"),
    RangeError,
    "Cannot read a.safetensors: a safetensors file has 8 bytes of header length but it has 7",
  );
  await refused(of(93n, 100), RangeError, "its header ends at byte 101 but the file has 100 bytes");
  await refused(of(2n ** 64n - 1n, 100), RangeError, "but the file has 100 bytes");
  await refused(
    of(100_000_001n, 1e12),
    RangeError,
    "its header has 100000001 bytes but the limit is 100000000",
  );
});

Deno.test("readSafetensorsHeader() refuses headers that are not a JSON object in UTF-8", async () => {
  await refused(file('{"a":'), TypeError, "Cannot read a.safetensors: its header is not JSON");
  await refused(file(""), TypeError, "its header is not JSON");
  await refused(file("\ufeff{}"), TypeError, "its header is not JSON");
  await refused(file("[]"), TypeError, "its header is [] but must be an object");
  await refused(file("null"), TypeError, "its header is null but must be an object");
  // Valid but for a byte that is no UTF-8 within a string.
  const broken = (await file('{"__metadata__":{"k":"v"}}').read(0, 34)).slice();
  broken[30] = 0xff;
  await refused(sourceFromBytes(broken), TypeError, "its header is not JSON");
});

Deno.test("readSafetensorsHeader() refuses a key that occurs twice, however it is escaped", async () => {
  const entry = JSON.stringify(f32([1], 0, 4));
  await refused(file(`{"a":${entry},"a":${entry}}`, 4), RangeError, 'has the key "a" twice');
  await refused(file(`{"a":${entry},"\\u0061" :${entry}}`, 4), RangeError, 'the key "a" twice');
  await refused(
    file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}}', 4),
    RangeError,
    'has the key "shape" twice',
  );
  // The same word as a key of different objects, or as a value, or within a string, is fine.
  const fine = '{"__metadata__":{"a":"a","b":"a","c":"\\\\\\"a\\":{"},"a":' + entry + "}";
  assertEquals((await readSafetensorsHeader(file(fine, 4))).metadata.c, '\\"a":{');
});

Deno.test("readSafetensorsHeader() refuses metadata other than strings", async () => {
  await refused(
    file({ __metadata__: { step: 3 } }),
    TypeError,
    'its metadata "step" is 3 but must be a string',
  );
  await refused(file({ __metadata__: ["x"] }), TypeError, '__metadata__ is ["x"]');
  await refused(file({ __metadata__: null }), TypeError, "__metadata__ is null");
});

Deno.test("readSafetensorsHeader() refuses entries of the wrong type", async () => {
  const subject = 'Cannot read tensor "x" of a.safetensors: ';
  const of = (info: unknown) => file({ x: info }, 4);
  await refused(of(3), TypeError, subject + "its entry is 3 but must be an object");
  for (const dtype of ["F33", "toString", 4, undefined]) {
    await refused(
      of({ ...f32([1], 0, 4), dtype }),
      TypeError,
      `${subject}its dtype is ${JSON.stringify(dtype)} but must be one of F4`,
    );
  }
  for (const shape of [[-1], [1.5], ["1"], [null], [2 ** 53], 1, { length: 1 }, undefined]) {
    await refused(
      of(f32(shape, 0, 4)),
      TypeError,
      `${subject}its shape is ${JSON.stringify(shape)}`,
    );
  }
  for (const offsets of [[0], [0, 4, 8], [-4, 0], [0, "4"], "04"]) {
    await refused(
      of({ dtype: "F32", shape: [1], data_offsets: offsets }),
      TypeError,
      `${subject}its data_offsets are ${JSON.stringify(offsets)}`,
    );
  }
});

Deno.test("readSafetensorsHeader() refuses shapes too large to count, even times 0", async () => {
  for (const shape of [[2 ** 30, 2 ** 30], [2 ** 52, 2 ** 52, 0]]) {
    await refused(file({ x: f32(shape, 0, 4) }, 4), RangeError, "is too large");
  }
});

Deno.test("readSafetensorsHeader() refuses offsets that do not match shape and dtype", async () => {
  await refused(
    file({ x: f32([2, 3], 0, 20) }, 20),
    RangeError,
    'Cannot read tensor "x" of a.safetensors: its shape [2,3] of F32 needs 24 bytes ' +
      "but its offsets 0 to 20 hold 20",
  );
  await refused(file({ x: f32([1], 0, 8) }, 8), RangeError, "needs 4 bytes but its offsets 0 to 8");
  await refused(file({ x: f32([1], 8, 4) }, 8), RangeError, "its offsets 8 to 4 hold -4");
  // Three values of 4 bits are no whole number of bytes.
  await refused(
    file({ x: { dtype: "F4", shape: [3], data_offsets: [0, 1] } }, 1),
    RangeError,
    "needs 1.5 bytes",
  );
});

Deno.test("readSafetensorsHeader() names the tensor that a truncated file cuts off", async () => {
  const source = file({ x: f32([1], 0, 4), y: f32([2], 4, 12) }, 11);
  await refused(
    source,
    RangeError,
    `Cannot read tensor "y" of a.safetensors: its data ends at byte ${source.size + 1} ` +
      `but the file has ${source.size} bytes`,
  );
});

Deno.test("readSafetensorsHeader() refuses overlaps, holes and bytes left over", async () => {
  const start = (source: ByteSource, data: number) => source.size - data;
  const overlap = file({ x: f32([2], 0, 8), y: f32([2], 4, 12) }, 12);
  await refused(
    overlap,
    RangeError,
    `its tensors overlap: "x" ends at byte ${start(overlap, 12) + 8} ` +
      `but "y" begins at ${start(overlap, 12) + 4}`,
  );
  await refused(file({ x: f32([1], 0, 4), y: f32([1], 8, 12) }, 12), RangeError, "leave a hole");
  await refused(file({ x: f32([1], 4, 8) }, 8), RangeError, "leave a hole: the header ends");
  const long = file({ x: f32([1], 0, 4) }, 6);
  await refused(
    long,
    RangeError,
    `its tensors end at byte ${long.size - 2} but the file has ${long.size} bytes`,
  );
});
