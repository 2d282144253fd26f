import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeFloats,
  encodeFloats,
  type FloatDType,
  isFloatDType,
} from "../../../src/io/arrays/floats.ts";

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer);
const floatsOf = (bits: number[]): Float32Array => new Float32Array(new Uint32Array(bits).buffer);
const words = (bytes: Uint8Array): number[] => [
  ...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
];
const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(new Uint16Array(values).buffer);

Deno.test("decodeFloats() agrees with the platform's Float16Array on all 65,536 float16 numbers", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const ours = decodeFloats(new Uint8Array(all.buffer), "F16");
  const theirs = new Float32Array(new Float16Array(all.buffer));
  for (let h = 0; h < 65536; h++) {
    if (!Object.is(ours[h], theirs[h])) throw new Error(`${h}: ${ours[h]} is not ${theirs[h]}`);
  }
});

Deno.test("decodeFloats() knows the landmarks of float16", () => {
  const float16 = bytesOf(0x3c00, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00);
  assertEquals([...decodeFloats(float16, "F16")], [
    1,
    -0,
    2 ** -24,
    -1023 * 2 ** -24,
    2 ** -14,
    65504,
    Infinity,
    -Infinity,
    NaN,
  ]);
});

Deno.test("every float16 and every bfloat16 number survives decoding and encoding, NaN payloads apart", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  for (const [dtype, infinity] of [["F16", 0x7c00], ["BF16", 0x7f80]] as const) {
    const back = words(encodeFloats(decodeFloats(new Uint8Array(all.buffer), dtype), dtype));
    for (let h = 0; h < 65536; h++) {
      const nan = (h & 0x7fff) > infinity;
      const kept = nan ? (back[h] & 0x7fff) > infinity && (back[h] ^ h) < 0x8000 : back[h] === h;
      if (!kept) throw new Error(`${dtype} ${h.toString(16)} came back as ${back[h].toString(16)}`);
    }
  }
});

Deno.test("encodeFloats() rounds to the nearest float16 as Float16Array does, ties included", () => {
  // Every boundary between two float16 numbers, and the float32 on either side of it.
  const positive = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
  const numbers = decodeFloats(new Uint8Array(positive.buffer), "F16");
  const middles: number[] = [];
  for (let h = 0; h < 0x7c00; h++) {
    const next = h + 1 < 0x7c00 ? numbers[h + 1] : 65536;
    const [bits] = bitsOf(new Float32Array([(numbers[h] + next) / 2]));
    middles.push(bits - 1, bits, bits + 1, (bits | 0x80000000) >>> 0);
  }
  const values = floatsOf([...middles, 1, 0x807fffff, 0x7f7fffff, 0xff800000]);
  const theirs = new Float16Array(values);
  assertEquals(words(encodeFloats(values, "F16")), [
    ...new Uint16Array(theirs.buffer),
  ]);
});

Deno.test("encodeFloats() rounds bfloat16 to nearest, ties to even", () => {
  const cases: [number, number][] = [
    [0x3f800000, 0x3f80],
    [0x3f808000, 0x3f80], // a tie, down to even
    [0x3f818000, 0x3f82], // a tie, up to even
    [0x3f808001, 0x3f81],
    [0x3f807fff, 0x3f80],
    [0x7f7fffff, 0x7f80], // beyond the largest: infinity
    [0xff800000, 0xff80],
    [0x00008000, 0x0000], // subnormal tie
    [0x00018000, 0x0002],
    [0x80000000, 0x8000],
    [0x7f800001, 0x7fc0], // a NaN whose payload would round away stays one
  ];
  assertEquals(
    words(encodeFloats(floatsOf(cases.map(([u]) => u)), "BF16")),
    cases.map(([, word]) => word),
  );
});

Deno.test("F32 keeps every bit and F64 rounds to nearest", () => {
  const values = floatsOf([0x7fc12345, 0x00000001, 0x80000000, 0x3f800001]);
  const back = decodeFloats(encodeFloats(values, "F32"), "F32");
  assertEquals([...bitsOf(back)], [...bitsOf(values)]);
  const doubles = new Float64Array([0.1, 1e300, -0, 2 ** -149, 1 + 2 ** -24]);
  assertEquals([...decodeFloats(new Uint8Array(doubles.buffer), "F64")], [
    Math.fround(0.1),
    Infinity,
    -0,
    2 ** -149,
    1,
  ]);
  assertEquals([...new Float64Array(encodeFloats(new Float32Array([0.5, -3]), "F64").buffer)], [
    0.5,
    -3,
  ]);
});

Deno.test("every format is read from unaligned bytes and in big-endian order", () => {
  const values = new Float32Array([1.5, -2, 0.25, 640]);
  for (const dtype of ["F16", "BF16", "F32", "F64"] as FloatDType[]) {
    const bytes = encodeFloats(values, dtype);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    assertEquals(decodeFloats(shifted.subarray(1), dtype), values, dtype);
    const width = bytes.length / 4;
    const big = new Uint8Array(bytes.length + 1);
    for (let i = 0; i < 4; i++) {
      big.set(bytes.slice(i * width, (i + 1) * width).reverse(), 1 + i * width);
    }
    const copy = big.slice();
    assertEquals(decodeFloats(big.subarray(1), dtype, { bigEndian: true }), values, dtype);
    assertEquals(big, copy, "the input is left as it was");
  }
});

Deno.test("decodeFloats() and encodeFloats() never share memory with their input", () => {
  const values = new Float32Array([1, 2]);
  const bytes = encodeFloats(values, "F32");
  const decoded = decodeFloats(bytes, "F32");
  bytes.fill(0);
  assertEquals([...values, ...decoded], [1, 2, 1, 2]);
});

Deno.test("decodeFloats() writes into a part of an array and nothing beside it", () => {
  const target = new Float32Array(5).fill(9);
  decodeFloats(bytesOf(0x3c00, 0x4000), "F16", { into: target.subarray(1, 3) });
  assertEquals([...target], [9, 1, 2, 9, 9]);
});

Deno.test("decodeFloats() refuses a part of a value and a target of another length", () => {
  assertThrows(
    () => decodeFloats(new Uint8Array(7), "F32"),
    RangeError,
    "Cannot decode F32: 7 bytes are not a multiple of 4",
  );
  assertThrows(
    () => decodeFloats(new Uint8Array(8), "F16", { into: new Float32Array(3) }),
    RangeError,
    "Cannot decode F16: the bytes hold 4 values but the target 3",
  );
});

Deno.test("isFloatDType() is false for names that every object has", () => {
  assertEquals(["F16", "I32", "toString"].map(isFloatDType), [true, false, false]);
});
