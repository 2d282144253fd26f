/**
 * Puts the codes of consecutive blocks of rows together.
 *
 * @module
 */
import type { SparseCodes } from "../model/codes.ts";

/** The codes of blocks, one after the other. */
export function joinCodes(blocks: readonly SparseCodes[]): SparseCodes {
  if (blocks.length === 1) return blocks[0];
  const { latentCount } = blocks[0];
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const count = blocks.reduce((sum, block) => sum + block.values.length, 0);
  const rowOffsets = new Uint32Array(rows + 1);
  const indices = new Uint32Array(count), values = new Float32Array(count);
  let row = 0, entry = 0;
  for (const block of blocks) {
    for (let b = 1; b <= block.rows; b++) rowOffsets[row + b] = entry + block.rowOffsets[b];
    indices.set(block.indices, entry);
    values.set(block.values, entry);
    row += block.rows;
    entry += block.values.length;
  }
  return { rows, latentCount, rowOffsets, indices, values };
}

/** The `count` largest codes; ties go to the lower row, then the lower latent. */
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
