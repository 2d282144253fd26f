/**
 * Joins the codes of consecutive chunks of rows.
 *
 * @module
 */
import type { SparseCodes } from "../model/codes.ts";

/** Returns the codes of all chunks, in their order. */
export function joinCodes(chunks: readonly SparseCodes[]): SparseCodes {
  if (chunks.length === 1) return chunks[0];
  const { latentCount } = chunks[0];
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const count = chunks.reduce((sum, chunk) => sum + chunk.values.length, 0);
  const rowOffsets = new Uint32Array(rows + 1);
  const indices = new Uint32Array(count);
  const values = new Float32Array(count);
  let row = 0;
  let entry = 0;
  for (const chunk of chunks) {
    for (let b = 1; b <= chunk.rows; b++) rowOffsets[row + b] = entry + chunk.rowOffsets[b];
    indices.set(chunk.indices, entry);
    values.set(chunk.values, entry);
    row += chunk.rows;
    entry += chunk.values.length;
  }
  return { rows, latentCount, rowOffsets, indices, values };
}

/** Keeps the `count` largest activations; a tie goes to the lower row, then to the lower latent. */
export function largestCodes(codes: SparseCodes, count: number): SparseCodes {
  const { rows, latentCount, rowOffsets, indices, values } = codes;
  if (values.length <= count) return codes;
  const least = values.slice().sort()[values.length - count];
  let ties = count;
  for (const value of values) if (value > least) ties--;
  const kept = {
    rowOffsets: new Uint32Array(rows + 1),
    indices: new Uint32Array(count),
    values: new Float32Array(count),
  };
  let entry = 0;
  for (let b = 0; b < rows; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      if (values[e] < least || (values[e] === least && ties-- <= 0)) continue;
      kept.indices[entry] = indices[e];
      kept.values[entry++] = values[e];
    }
    kept.rowOffsets[b + 1] = entry;
  }
  return { rows, latentCount, ...kept };
}
