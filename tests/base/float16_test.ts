import { assertEquals } from "@std/assert";
import { firstNonFiniteFloat16 } from "../../src/base/float16.ts";

/** All float16 numbers that are finite. */
const FINITE = Uint16Array.from({ length: 65536 }, (_, bits) => bits)
  .filter((bits) => (bits & 0x7c00) !== 0x7c00);

Deno.test("firstNonFiniteFloat16() takes every finite number for finite, in either half of a word", () => {
  assertEquals(FINITE.length, 2 * 31 * 1024);
  assertEquals(firstNonFiniteFloat16(FINITE), -1);
  assertEquals(firstNonFiniteFloat16(FINITE.slice(1)), -1);
});

Deno.test("firstNonFiniteFloat16() finds infinities and NaN at any place of aligned and other arrays", () => {
  const { buffer } = new Uint16Array(10);
  for (const offset of [0, 1]) {
    for (const length of [1, 2, 3, 8, 9]) {
      for (let place = 0; place < length; place++) {
        for (const bits of [0x7c00, 0xfc00, 0x7c01, 0xffff]) {
          const numbers = new Uint16Array(buffer, 2 * offset, length).fill(0xfbff);
          numbers[place] = bits;
          assertEquals(firstNonFiniteFloat16(numbers), place);
        }
      }
    }
  }
});
