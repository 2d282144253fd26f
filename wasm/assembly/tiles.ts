// The tiles of one block of a product: C = max(A·Bᵀ + start, floor), both operands packed (panels.ts).
//
// Work: one call computes a block; it divides no work.
//
// The micro-kernel has 4 loads for 12 fused multiply-adds. Every load costs a bounds check in Deno, so instead of splatting each value
// of A it loads four (and two) of them and rotates the register in place between multiplications: accumulator r holds
// a[(j + r) % 4]·b[j] in lane j, and the rows are put together at the end. Of the FMA rate, panels in L1, on a quiet core and beside a
// busy one: splat loads 72 and 59 %, rotation 96 and 86 %.
import { A_STEP, B_STEP, MR, NR } from "./panels";
import { alternate, madd, rotate, swap } from "./simd";

/** Bytes of the room for a tile at the edge. */
export const EDGE_BYTES: usize = 6 * NR * 4;

/** Describes a block of C; it lies in scratch, in TILE_BLOCK_BYTES. */
@unmanaged
export class TileBlock {
  c: usize;
  /** Floats from one row of C to the next. */
  cRow: usize;
  packedA: usize;
  packedB: usize;
  /** What the sums start from: C itself, an addend, or a row of zeros. */
  start: usize;
  startRow: usize;
  /** 4, or 0 where `start` is one row of zeros for every column. */
  startColumn: usize;
  floor: f32;
  /** Room for a tile that is not whole. */
  edge: usize;
}

export const TILE_BLOCK_BYTES: usize = 64;

/** Computes all tiles of a block. */
export function computeTiles(block: TileBlock, rows: usize, columns: usize, depth: usize): void {
  const c = block.c, cRow = block.cRow, packedA = block.packedA, edge = block.edge, floor = block.floor;
  const start = block.start, startRow = block.startRow, startColumn = block.startColumn;
  const blocks = (depth + 3) >> 2;
  let pb = block.packedB;
  for (let n: usize = 0; n < columns; n += NR) {
    let pa = packedA;
    for (let m: usize = 0; m < rows; m += MR) {
      const cTile = c + 4 * (m * cRow + n);
      const startTile = start + 4 * m * startRow + n * startColumn;
      if (m + MR <= rows && n + NR <= columns) {
        micro(pa, pb, blocks, cTile, cRow * 4, startTile, startRow * 4, floor);
      } else {
        const mCount = min(MR, rows - m), nCount = min(NR, columns - n);
        copy2d(edge, NR, startTile, startRow, mCount, nCount);
        micro(pa, pb, blocks, edge, NR * 4, edge, NR * 4, floor);
        copy2d(cTile, cRow, edge, NR, mCount, nCount);
      }
      pa += blocks * 4 * A_STEP;
    }
    pb += blocks * 4 * B_STEP;
  }
}

function copy2d(to: usize, toRow: usize, from: usize, fromRow: usize, rows: usize, columns: usize): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      store<f32>(to + 4 * (i * toRow + j), load<f32>(from + 4 * (i * fromRow + j)));
    }
  }
}

/**
 * Computes one MR×8 tile over 4·blocks values of k. cRL and cRH hold rotation R of the left and of the right four columns; p… are the
 * rows 4 and 5.
 */
function micro(pa: usize, pb: usize, blocks: usize, c: usize, cRow: usize, from: usize, fromRow: usize, floor: f32): void {
  let c0L = f32x4.splat(0), c0H = f32x4.splat(0), c1L = f32x4.splat(0), c1H = f32x4.splat(0);
  let c2L = f32x4.splat(0), c2H = f32x4.splat(0), c3L = f32x4.splat(0), c3H = f32x4.splat(0);
  let p0L = f32x4.splat(0), p0H = f32x4.splat(0), p1L = f32x4.splat(0), p1H = f32x4.splat(0);
  let a: v128, bL: v128, bH: v128;
  // Four k per turn. The pointers move at every k, so the four loads of each k share three bounds: with offsets from one pointer V8
  // computes a bound per load (75 instead of 86 % beside a busy core). AssemblyScript cannot pass accumulators to a function, so the
  // build copies the step (wasm/build/sources.ts).
  for (; blocks > 0; blocks--) {
    // @unroll
    for (let step = 0; step < 4; step++) {
      a = v128.load(pa), bL = v128.load(pb), bH = v128.load(pb, 16);
      c0L = madd(a, bL, c0L), c0H = madd(a, bH, c0H), a = rotate(a);
      c1L = madd(a, bL, c1L), c1H = madd(a, bH, c1H), a = rotate(a);
      c2L = madd(a, bL, c2L), c2H = madd(a, bH, c2H), a = rotate(a);
      c3L = madd(a, bL, c3L), c3H = madd(a, bH, c3H);
      if (ASC_FEATURE_RELAXED_SIMD) {
        a = v128.load64_splat(pa, 16), p0L = madd(a, bL, p0L), p0H = madd(a, bH, p0H);
        a = swap(a), p1L = madd(a, bL, p1L), p1H = madd(a, bH, p1H);
      }
      pa += A_STEP, pb += B_STEP;
    }
  }
  const low = f32x4.splat(floor);
  // First halves of two rotations are joined (rows 0 and 2, then 1 and 3), then every other lane of two such halves.
  let x = v128.shuffle<f32>(c0L, c2L, 0, 1, 6, 7), y = v128.shuffle<f32>(c2L, c0L, 0, 1, 6, 7);
  let z = v128.shuffle<f32>(c1L, c3L, 0, 1, 6, 7), w = v128.shuffle<f32>(c3L, c1L, 0, 1, 6, 7);
  const r0 = alternate(x, w), r1 = alternate(z, x), r2 = alternate(y, z), r3 = alternate(w, y);
  x = v128.shuffle<f32>(c0H, c2H, 0, 1, 6, 7), y = v128.shuffle<f32>(c2H, c0H, 0, 1, 6, 7);
  z = v128.shuffle<f32>(c1H, c3H, 0, 1, 6, 7), w = v128.shuffle<f32>(c3H, c1H, 0, 1, 6, 7);
  storeRow(c, from, r0, alternate(x, w), low);
  storeRow(c + cRow, from + fromRow, r1, alternate(z, x), low);
  storeRow(c + 2 * cRow, from + 2 * fromRow, r2, alternate(y, z), low);
  storeRow(c + 3 * cRow, from + 3 * fromRow, r3, alternate(w, y), low);
  if (ASC_FEATURE_RELAXED_SIMD) {
    storeRow(c + 4 * cRow, from + 4 * fromRow, alternate(p0L, p1L), alternate(p0H, p1H), low);
    storeRow(c + 5 * cRow, from + 5 * fromRow, alternate(p1L, p0L), alternate(p1H, p0H), low);
  }
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, from: usize, left: v128, right: v128, low: v128): void {
  // pmax keeps a NaN of its first operand.
  const l = f32x4.pmax(f32x4.add(left, v128.load(from)), low);
  const r = f32x4.pmax(f32x4.add(right, v128.load(from, 16)), low);
  v128.store(c, l);
  v128.store(c, r, 16);
}
