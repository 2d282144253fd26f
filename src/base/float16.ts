/**
 * Numbers in half precision (IEEE binary16), as the bits that F16 files hold.
 *
 * @module
 */

/** The exponent of what is infinite or NaN. */
const NOT_FINITE = 0x7c00;

/** Where the first half is that is NaN or infinite, or −1. */
export function firstInfiniteHalf(halves: Uint16Array): number {
  for (let i = 0; i < halves.length; i++) {
    if ((halves[i] & NOT_FINITE) === NOT_FINITE) return i;
  }
  return -1;
}

/** The name of a half that is NaN or infinite. */
export function infiniteHalf(bits: number): string {
  if (bits & 1023) return "NaN";
  return bits & 0x8000 ? "-Infinity" : "Infinity";
}

/** Two halves to a word, without a copy where they lie so. Hosts are little-endian (see `decodeFloats`). */
export function wordsOf(halves: Uint16Array): Uint32Array {
  const count = Math.ceil(halves.length / 2);
  if (halves.length % 2 === 0 && halves.byteOffset % 4 === 0) {
    return new Uint32Array(halves.buffer, halves.byteOffset, count);
  }
  const words = new Uint32Array(count);
  new Uint16Array(words.buffer).set(halves);
  return words;
}
