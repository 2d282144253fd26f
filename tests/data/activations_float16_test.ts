import { assertEquals, assertRejects } from "@std/assert";
import { activationBatches } from "../../src/data/activations.ts";
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { decodeFloats } from "../../src/io/arrays/floats.ts";
import { collect, counting, safetensors, three } from "./shards.ts";

/** A big-endian .npy file of float16 numbers. */
function float16Npy(name: string, numbers: number[], d: number): ByteSource {
  const shape = `(${numbers.length / d}, ${d})`;
  const header = `{'descr': '>f2', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const data = numbers.flatMap((bits) => [bits >> 8, bits & 255]);
  const start = [0x93, ...new TextEncoder().encode("NUMPY\x01\x00\x76\x00" + header)];
  return sourceFromBytes(new Uint8Array([...start, ...data]), name);
}

Deno.test("activationBatches() gives F16 files as they are", async () => {
  const sources = [
    safetensors("a.safetensors", counting(3, 2, -3), { dtype: "F16" }),
    float16Npy("b.npy", [0x0001, 0x8000, 0x7bff, 0x3555], 2),
  ];
  const options = { batchRows: 2, partial: true } as const;
  const expected = await collect(activationBatches(sources, options));
  const numbers: number[][] = [];
  for await (const batch of activationBatches(sources, { ...options, dtype: "F16" })) {
    assertEquals(batch.constructor, Uint16Array);
    numbers.push([...decodeFloats(new Uint8Array(batch.buffer), "F16")]);
  }
  assertEquals(numbers, expected);
});

Deno.test("activationBatches() gives no float16 batches of other files, and no infinite numbers", async () => {
  const first = (sources: ByteSource[], dtype: "F16") =>
    activationBatches(sources, { batchRows: 1, dtype }).next();
  await assertRejects(
    () => first(three(), "F16"),
    TypeError,
    "Cannot read activations in batches: dtype is F16 but b.safetensors is F64",
  );
  await assertRejects(
    () => first([float16Npy("b.npy", [0, 0xfc00], 2)], "F16"),
    RangeError,
    "Cannot use the activations of b.npy: row 0 must be finite but holds -Infinity in column 1",
  );
  await assertRejects(() => first(three(), "BF16" as "F16"), TypeError, 'but is "BF16" (string)');
});
