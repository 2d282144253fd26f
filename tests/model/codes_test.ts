import { assertEquals, assertThrows } from "@std/assert";
import { codesFromDense, denseFromCodes, type SparseCodes } from "../../src/model/codes.ts";
import { Random } from "../../src/base/random.ts";

const codes: SparseCodes = {
  rows: 3,
  latentCount: 4,
  rowOffsets: Uint32Array.of(0, 2, 2, 3),
  indices: Uint32Array.of(3, 0, 1),
  values: Float32Array.of(5, -2, 0.5),
};

Deno.test("denseFromCodes() puts each value at its row and latent, in whatever order a row is", () => {
  assertEquals([...denseFromCodes(codes)], [-2, 0, 0, 5, 0, 0, 0, 0, 0, 0.5, 0, 0]);
});

Deno.test("codesFromDense() keeps every value but 0, latents ascending", () => {
  assertEquals(codesFromDense(3, 4, denseFromCodes(codes)), {
    ...codes,
    indices: Uint32Array.of(0, 3, 1),
    values: Float32Array.of(-2, 5, 0.5),
  });
  assertEquals(codesFromDense(0, 4, new Float32Array()).rowOffsets, Uint32Array.of(0));
});

Deno.test("dense activations survive the way through sparse codes", () => {
  const random = Random.fromSeed(1);
  const dense = Float32Array.from({ length: 50 * 30 }, () => Math.max(0, random.normal() - 1));
  assertEquals(denseFromCodes(codesFromDense(50, 30, dense)), dense);
});

Deno.test("codes that are not well formed are refused with both values", () => {
  const cases: [Partial<SparseCodes>, string][] = [
    [{ rows: 2 }, "2 rows need 3 rowOffsets but there are 4"],
    [{ values: new Float32Array(2) }, "there are 3 indices but 2 values"],
    [{ rowOffsets: Uint32Array.of(1, 2, 2, 3) }, "rowOffsets must start at 0 but start at 1"],
    [{ rowOffsets: Uint32Array.of(0, 2, 1, 3) }, "rowOffsets fall from 2 to 1 at row 1"],
    [{ rowOffsets: Uint32Array.of(0, 2, 2, 2) }, "rowOffsets end at 2 but there are 3 entries"],
    [{ latentCount: 3 }, "index 3 of entry 0 is not below latentCount 3"],
  ];
  for (const [change, message] of cases) {
    assertThrows(
      () => denseFromCodes({ ...codes, ...change }),
      RangeError,
      `Cannot make dense activations: ${message}`,
    );
  }
  assertThrows(
    () => codesFromDense(2, 3, new Float32Array(5)),
    RangeError,
    "Cannot make sparse codes: 2 rows of 3 latents need 6 activations but there are 5",
  );
});
