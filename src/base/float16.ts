/**
 * Float16 (IEEE binary16) numbers as bits, which is how F16 files store them.
 *
 * @module
 */

/** The exponent bits of infinities and NaN. */
const NOT_FINITE = 0x7c00;

/** Returns the index of the first number that is NaN or infinite, or −1. */
export function firstNonFiniteFloat16(numbers: Uint16Array): number {
  const pairs = numbers.byteOffset % 4 === 0 ? numbers.length >> 1 : 0;
  // In pairs, which takes half the time: only an exponent of all ones carries into the bit above it.
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset - numbers.byteOffset % 4, pairs);
  let i = 0;
  while (i < pairs && (((words[i] & 0x7c007c00) + 0x04000400) & 0x80008000) === 0) i++;
  const { length } = numbers;
  for (i *= 2; i < length; i++) {
    if ((numbers[i] & NOT_FINITE) === NOT_FINITE) return i;
  }
  return -1;
}

/** Returns the name of a number that is NaN or infinite. */
export function nonFiniteFloat16(bits: number): string {
  if (bits & 1023) return "NaN";
  return bits & 0x8000 ? "-Infinity" : "Infinity";
}

/**
 * Packs two numbers to a word, without a copy where the alignment allows it. Hosts are little-endian (see
 * `decodeFloats`).
 */
export function wordsOf(numbers: Uint16Array): Uint32Array {
  const count = Math.ceil(numbers.length / 2);
  if (numbers.length % 2 === 0 && numbers.byteOffset % 4 === 0) {
    return new Uint32Array(numbers.buffer, numbers.byteOffset, count);
  }
  const words = new Uint32Array(count);
  new Uint16Array(words.buffer).set(numbers);
  return words;
}
