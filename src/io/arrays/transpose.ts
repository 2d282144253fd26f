/**
 * Transposes matrices: libraries differ in which way round they store them.
 *
 * @module
 */

// 32×32 floats are 4 KiB, so the tiles of both matrices stay in the L1 cache.
const TILE = 32;

/** Returns the transpose of a row-major [rows, columns]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(left + TILE, columns);
      for (let r = top; r < bottom; r++) {
        for (let c = left; c < right; c++) out[c * rows + r] = values[r * columns + c];
      }
    }
  }
  return out;
}
