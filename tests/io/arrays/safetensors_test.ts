import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ByteSource, sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
} from "../../../src/io/arrays/safetensors.ts";
import { file } from "./safetensors_file.ts";

Deno.test("encodeSafetensors() and readTensor() give back every format, shape and name", async () => {
  const tensors = {
    W_dec: { shape: [3, 2], data: new Float32Array([1, 2, 3, 4, 5, 6]) },
    half: { shape: [3], data: new Float32Array([0.5, -1, 2]), dtype: "F16" },
    brain: { shape: [1, 1, 1], data: new Float32Array([-3]), dtype: "BF16" },
    double: { shape: [2], data: new Float32Array([0.1, 7]), dtype: "F64" },
    scalar: { shape: [], data: new Float32Array([4]) },
    none: { shape: [0, 5], data: new Float32Array(0) },
    'Ünï"code\\': { shape: [1], data: new Float32Array([8]) },
  } as const;
  const metadata = { format: "pt", note: '{"kind": "topk"}' };
  const source = sourceFromBytes(encodeSafetensors(tensors, metadata), "a.safetensors");
  const header = await readSafetensorsHeader(source);
  assertEquals(header.metadata, metadata);
  assertEquals([...header.tensors.keys()].sort(), Object.keys(tensors).sort());
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    assertEquals(header.tensors.get(name)?.shape, shape);
    assertEquals(await readTensor(source, header, name), data, name);
  }
});

Deno.test("encodeSafetensors() aligns every tensor and pads the header with spaces", async () => {
  for (let length = 1; length < 10; length++) {
    const data = new Float32Array([1]);
    const bytes = encodeSafetensors({
      a: { shape: [1], data, dtype: "F16" },
      b: { shape: [1], data },
      ["x".repeat(length)]: { shape: [1], data, dtype: "F64" },
    });
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assertEquals(headerLength % 8, 0);
    assertEquals(bytes[8], "{".charCodeAt(0));
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));
    assertEquals(/\} {0,7}$/.test(text), true, text);
    const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
    for (const { offset, byteLength } of tensors.values()) assertEquals(offset % byteLength, 0);
  }
});

Deno.test("encodeSafetensors() does not depend on the order of insertion", () => {
  const one = { shape: [1], data: new Float32Array([1]) };
  const two = { shape: [1], data: new Float32Array([2]) };
  assertEquals(
    encodeSafetensors({ a: one, b: two }, { x: "1", y: "2" }),
    encodeSafetensors({ b: two, a: one }, { y: "2", x: "1" }),
  );
});

Deno.test("encodeSafetensors() writes the bytes of the format's own implementation", () => {
  // What safetensors.numpy.save 0.8.0 writes for these arrays and {"k": "v"}.
  const header = '{"__metadata__":{"k":"v"},"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},' +
    '"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},' +
    '"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},' +
    '"h":{"dtype":"F16","shape":[3],"data_offsets":[20,26]}}   ';
  const bytes = encodeSafetensors({
    b: { shape: [2], data: new Float32Array([1, 2]) },
    a: { shape: [1, 1], data: new Float32Array([3]) },
    h: { shape: [3], data: new Float32Array([1, 0.1, 7]), dtype: "F16" },
    d: { shape: [1], data: new Float32Array([0.1]), dtype: "F64" },
  }, { k: "v" });
  assertEquals([...bytes.subarray(0, 8)], [0xf8, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(8, 256)), header);
  // deno-fmt-ignore
  assertEquals([...bytes.subarray(256)], [
    0, 0, 0, 0xa0, 0x99, 0x99, 0xb9, 0x3f, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40,
    0, 0x3c, 0x66, 0x2e, 0, 0x47,
  ]);
});

Deno.test("encodeSafetensors() refuses wrong shapes, kinds and the reserved name", () => {
  const data = new Float32Array(5);
  const of = (tensor: unknown) => () =>
    encodeSafetensors({ W: tensor as { shape: []; data: typeof data } });
  assertThrows(
    of({ shape: [2, 3], data }),
    RangeError,
    'Cannot encode tensor "W": its shape [2,3] does not hold its 5 values',
  );
  assertThrows(of({ shape: [-1, -5], data }), RangeError, "does not hold");
  assertThrows(of({ shape: [5], data: [1] }), TypeError, "must be a Float32Array but is object");
  assertThrows(of({ shape: [5], data, dtype: "I8" }), TypeError, 'its dtype "I8" is not');
  assertThrows(
    () => encodeSafetensors({ __metadata__: { shape: [5], data } }),
    RangeError,
    "the format reserves this name",
  );
  assertThrows(
    () => encodeSafetensors({}, { step: 3 } as unknown as Record<string, string>),
    TypeError,
    'Cannot encode metadata "step": it is 3 but must be a string',
  );
});

Deno.test("readTensor() reads only the requested rows", async () => {
  const data = Float32Array.from({ length: 3000 }, (_, i) => i);
  const inner = sourceFromBytes(encodeSafetensors({ x: { shape: [1000, 3], data } }));
  let asked = 0;
  const counted: ByteSource = {
    name: "x.safetensors",
    size: inner.size,
    read: (offset, length) => inner.read(offset, (asked += length, length)),
  };
  const header = await readSafetensorsHeader(counted);
  asked = 0;
  assertEquals([...await readTensor(counted, header, "x", { from: 998 })], [
    2994,
    2995,
    2996,
    2997,
    2998,
    2999,
  ]);
  assertEquals([...await readTensor(counted, header, "x", { to: 1 })], [0, 1, 2]);
  assertEquals((await readTensor(counted, header, "x", { from: 5, to: 5 })).length, 0);
  assertEquals(asked, 9 * 4);
  await assertRejects(
    () => readTensor(counted, header, "x", { from: 990, to: 1001 }),
    RangeError,
    'Cannot read rows 990 to 1001 of tensor "x" of x.safetensors: it has 1000 rows',
  );
  for (const rows of [{ from: -1 }, { from: 2, to: 1 }, { to: 1.5 }]) {
    await assertRejects(() => readTensor(counted, header, "x", rows), RangeError, "1000 rows");
  }
});

Deno.test("readTensor() names unknown tensors and formats that it does not read", async () => {
  const source = file({ x: { dtype: "I32", shape: [1], data_offsets: [0, 4] } }, 4);
  const header = await readSafetensorsHeader(source);
  await assertRejects(
    () => readTensor(source, header, "y"),
    RangeError,
    'Cannot read tensor "y" of a.safetensors: the file has "x"',
  );
  await assertRejects(
    () => readTensor(source, header, "x"),
    TypeError,
    "its dtype is I32 but only F16, BF16, F32, F64 are read",
  );
});

Deno.test("a header may be empty, hold empty tensors and the names of Object.prototype", async () => {
  assertEquals((await readSafetensorsHeader(file("{}  "))).tensors.size, 0);
  const names = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
    '"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},' +
    '"f":{"dtype":"U8","shape":[0,3],"data_offsets":[4,4]}}';
  const { tensors } = await readSafetensorsHeader(file(names, 4));
  assertEquals([...tensors.keys()].sort(), ["__proto__", "e", "f"]);
});
