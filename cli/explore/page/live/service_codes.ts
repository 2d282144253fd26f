/** Reads the codes that a service answers, in the format of examples/edge/answers.ts. */
import type { SparseCodes } from "@matryoshka/sae";

const MAGIC = "SAEcodes";

/**
 * Reads the codes of `rows` rows of an autoencoder with `latentCount` latents.
 *
 * @throws {RangeError | TypeError} if the answer is cut off, or is not that.
 */
export function readCodes(
  name: string,
  answer: ArrayBuffer,
  rows: number,
  latentCount: number,
): SparseCodes {
  const broken = (what: string) => new RangeError(`Cannot read the codes of ${name}: ${what}`);
  let offset = 0;
  const take = (words: number): ArrayBuffer => {
    const from = offset;
    offset += 4 * words;
    if (offset <= answer.byteLength) return answer.slice(from, offset);
    throw broken(`at least ${offset} bytes are needed but ${answer.byteLength} came`);
  };
  const integers = (count: number) => new Uint32Array(take(count));

  if (new TextDecoder().decode(take(2)) !== MAGIC) throw broken(`they do not begin with ${MAGIC}`);
  const [count, latents, hasUnits] = integers(3);
  if (count !== rows || latents !== latentCount) {
    throw broken(
      `they must be of ${rows} rows and ${latentCount} latents but are of ${count} and ${latents}`,
    );
  }
  const ends = [0], indices: number[] = [], values: number[] = [];
  while (ends.length <= rows) {
    const [chunkRows, entries] = integers(2);
    const before = indices.length;
    if (chunkRows === 0 || ends.length + chunkRows > rows + 1) {
      throw broken(`a chunk of ${chunkRows} rows begins at row ${ends.length - 1} of ${rows}`);
    }
    for (const end of integers(chunkRows)) {
      if (end > entries || before + end < ends[ends.length - 1]) {
        throw broken(`row ${ends.length - 1} ends at ${end} of ${entries} entries`);
      }
      ends.push(before + end);
    }
    for (const index of integers(entries)) {
      if (index >= latentCount) throw broken(`there is no latent ${index} of ${latentCount}`);
      indices.push(index);
    }
    for (const value of new Float32Array(take(entries))) values.push(value);
    // The units of rows only matter to a decoder.
    if (hasUnits) take(2 * chunkRows);
  }
  return {
    rows,
    latentCount,
    rowOffsets: Uint32Array.from(ends),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
}
