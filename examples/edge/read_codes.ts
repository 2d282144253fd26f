import type { SparseCodes } from "@matryoshka/sae/wasm";
import { CODES_MAGIC } from "./answers.ts";

/**
 * Reads the codes in an answer of `POST /codes`, for clients.
 *
 * @throws {RangeError} if the answer is cut off, which also happens when the service fails half-way.
 */
export function readCodes(answer: ArrayBuffer): SparseCodes {
  let offset = 0;
  const take = (words: number): ArrayBuffer => {
    const from = offset;
    offset += 4 * words;
    if (offset <= answer.byteLength) return answer.slice(from, offset);
    throw new RangeError(
      `Cannot read codes: at least ${offset} bytes are needed but there are ${answer.byteLength}`,
    );
  };
  const integers = (count: number) => new Uint32Array(take(count));
  const floats = (count: number) => new Float32Array(take(count));

  const magic = new TextDecoder().decode(take(2));
  if (magic !== CODES_MAGIC) {
    throw new TypeError(`Cannot read codes: they must begin with ${CODES_MAGIC}`);
  }
  const [rows, latentCount, hasUnits] = integers(3);
  const ends: number[] = [0];
  const indices: number[] = [];
  const values: number[] = [];
  const scale: number[] = [];
  const shift: number[] = [];
  while (ends.length <= rows) {
    const [count, entries] = integers(2);
    const before = indices.length;
    for (const end of integers(count)) ends.push(before + end);
    for (const index of integers(entries)) indices.push(index);
    for (const value of floats(entries)) values.push(value);
    if (!hasUnits) continue;
    for (const value of floats(count)) scale.push(value);
    for (const value of floats(count)) shift.push(value);
  }
  const codes = {
    rows,
    latentCount,
    rowOffsets: Uint32Array.from(ends),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
  if (!hasUnits) return codes;
  return {
    ...codes,
    rowUnits: { scale: Float32Array.from(scale), shift: Float32Array.from(shift) },
  };
}
