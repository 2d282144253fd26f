// C[m,n] = max(Σ_k A[m,k]·B[n,k] + addend[m,n], floor)        m < rows, n < columns, k < depth
//
// Layout: A[m,k] lies at a + 4(m·aRow + k·aStep), B[n,k] at b + 4(n·bRow + k·bStep); of each pair of strides one must be 1.
// C[m,n] lies at c + 4(m·cRow + n); so does the addend, with its own row stride (0 repeats one row: a bias).
// Work: threads take disjoint ranges of rows or columns by offset pointers, each with its own scratch. An element is summed over
// k in order, in blocks of DEPTH_BLOCK that start at k = 0, whatever its place in a tile: any partition gives the same bits.
//
// Both operands are packed into panels, MR rows of A or 8 of B side by side for each k: the micro-kernel then reads straight on,
// with 4 loads for 12 fused multiply-adds. Every load costs a bounds check in Deno, so instead of splatting each value of A it
// loads four (and two) of them and rotates the register in place between multiplications: accumulator r holds a[(j + r) % 4]·b[j]
// in lane j, and the rows are put together at the end. Of the FMA rate, panels in L1, on a quiet core and beside a busy one:
// splat loads 72 and 59 %, rotation 96 and 86 %.

// 6×8: 12 accumulators + 2 of B + 1 of A = V8's 15 registers. Without FMA each product needs a register more, and a spilled
// accumulator costs a store-to-load round trip per k: 6×8 49 %, 4×8 67 % of the rate.
export const MR: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
export const NR: usize = 8;
const A_STEP: usize = MR * 4; // bytes of one k in a panel
const B_STEP: usize = NR * 4;

// A panel of B (16 KB) stays in L1, the block of A (192 KB) in L2, the block of B (1 MB) in L2 or L3.
export const DEPTH_BLOCK: usize = 512;
export const ROW_BLOCK: usize = 96;
const COLUMN_BLOCK: usize = 512;

export const TILE_BYTES: usize = 6 * NR * 4;
export const ZEROS_BYTES: usize = 64;

/** Bytes of scratch that one `product` call needs (16-byte aligned), for any shape. */
export function productScratchBytes(): usize {
  return ZEROS_BYTES + TILE_BYTES + (ROW_BLOCK + COLUMN_BLOCK) * DEPTH_BLOCK * 4;
}

export function product(
  c: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  bStep: usize,
  rows: usize,
  columns: usize,
  depth: usize,
  addend: usize, // 0: none
  addendRow: usize,
  floor: f32, // 0: relu; −Infinity: none
  scratch: usize,
): void {
  if (ASC_FEATURE_SIMD) {
    memory.fill(scratch, 0, ZEROS_BYTES);
    const tile = scratch + ZEROS_BYTES;
    const packedA = tile + TILE_BYTES;
    const packedB = packedA + ROW_BLOCK * DEPTH_BLOCK * 4;
    for (let n0: usize = 0; n0 < columns; n0 += COLUMN_BLOCK) {
      const nCount = min(COLUMN_BLOCK, columns - n0);
      let k0: usize = 0;
      do {
        const kCount = min(DEPTH_BLOCK, depth - k0);
        const last = k0 + kCount == depth;
        packB(packedB, b + 4 * (n0 * bRow + k0 * bStep), bRow, bStep, nCount, kCount);
        for (let m0: usize = 0; m0 < rows; m0 += ROW_BLOCK) {
          const mCount = min(ROW_BLOCK, rows - m0);
          packA(packedA, a + 4 * (m0 * aRow + k0 * aStep), aRow, aStep, mCount, kCount);
          const cBlock = c + 4 * (m0 * cRow + n0);
          // The first block of k starts from the addend, the next ones from what is there.
          let from = cBlock, fromRow = cRow, fromColumn: usize = 4;
          if (k0 == 0) {
            from = addend ? addend + 4 * (m0 * addendRow + n0) : scratch;
            fromRow = addend ? addendRow : 0;
            fromColumn = addend ? 4 : 0;
          }
          tiles(
            cBlock, cRow, packedA, packedB, mCount, nCount, kCount,
            from, fromRow, fromColumn, last ? floor : -Infinity, tile,
          );
        }
        k0 += kCount;
      } while (k0 < depth);
    }
  } else {
    for (let m: usize = 0; m < rows; m++) {
      for (let n: usize = 0; n < columns; n++) {
        let sum: f32 = addend ? load<f32>(addend + 4 * (m * addendRow + n)) : 0;
        let pa = a + 4 * m * aRow, pb = b + 4 * n * bRow;
        for (let k: usize = 0; k < depth; k++) {
          sum += load<f32>(pa) * load<f32>(pb);
          pa += 4 * aStep;
          pb += 4 * bStep;
        }
        store<f32>(c + 4 * (m * cRow + n), sum < floor ? floor : sum);
      }
    }
  }
}

/** Bytes of `count` rows packed in panels of `width` rows, depth `depth`. */
// @ts-ignore: decorator
@inline
export function packedBytes(count: usize, width: usize, depth: usize): usize {
  return (count + width - 1) / width * width * ((depth + 3) & ~3) * 4;
}

/** All tiles of one block: C = max(A·Bᵀ + from, floor), A and B packed. */
export function tiles(
  c: usize,
  cRow: usize,
  packedA: usize,
  packedB: usize,
  rows: usize,
  columns: usize,
  depth: usize,
  from: usize,
  fromRow: usize,
  fromColumn: usize, // 4, or 0 when `from` is one row of zeros
  floor: f32,
  tile: usize,
): void {
  const blocks = (depth + 3) >> 2;
  for (let n: usize = 0; n < columns; n += NR) {
    let pa = packedA;
    for (let m: usize = 0; m < rows; m += MR) {
      const cTile = c + 4 * (m * cRow + n);
      const fromTile = from + 4 * m * fromRow + n * fromColumn;
      if (m + MR <= rows && n + NR <= columns) {
        micro(pa, packedB, blocks, cTile, cRow * 4, fromTile, fromRow * 4, floor);
      } else {
        const mCount = min(MR, rows - m), nCount = min(NR, columns - n);
        copy2d(tile, NR, fromTile, fromRow, mCount, nCount);
        micro(pa, packedB, blocks, tile, NR * 4, tile, NR * 4, floor);
        copy2d(cTile, cRow, tile, NR, mCount, nCount);
      }
      pa += blocks * 4 * A_STEP;
    }
    packedB += blocks * 4 * B_STEP;
  }
}

function copy2d(to: usize, toRow: usize, from: usize, fromRow: usize, rows: usize, columns: usize): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      store<f32>(to + 4 * (i * toRow + j), load<f32>(from + 4 * (i * fromRow + j)));
    }
  }
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
function rotate(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function swap(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 1, 0, 3, 2);
}

/** One MR×8 tile over 4·blocks values of k. Names: cRL and cRH are rotation R of the left and right four columns. */
function micro(pa: usize, pb: usize, blocks: usize, c: usize, cRow: usize, from: usize, fromRow: usize, floor: f32): void {
  let c0L = f32x4.splat(0), c0H = f32x4.splat(0), c1L = f32x4.splat(0), c1H = f32x4.splat(0);
  let c2L = f32x4.splat(0), c2H = f32x4.splat(0), c3L = f32x4.splat(0), c3H = f32x4.splat(0);
  let p0L = f32x4.splat(0), p0H = f32x4.splat(0), p1L = f32x4.splat(0), p1H = f32x4.splat(0);
  let a: v128, bL: v128, bH: v128;
  // Four k per turn. The pointers move at every k, so the four loads of each share three bounds: offsets from one pointer make
  // V8 compute a bound per load (75 instead of 86 % beside a busy core). AssemblyScript cannot pass accumulators to a function.
  for (; blocks > 0; blocks--) {
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
  const low = f32x4.splat(floor);
  // Rows 0 and 2, then 1 and 3: halves of two rotations, then every other lane of two halves.
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
function alternate(even: v128, odd: v128): v128 {
  return v128.shuffle<f32>(even, odd, 0, 5, 2, 7);
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

/** Packs rows of A in panels of MR; rows and k past the end are zeros. */
export function packA(to: usize, from: usize, row: usize, step: usize, rows: usize, depth: usize): void {
  const panel = ((depth + 3) & ~3) * A_STEP;
  const whole = step == 1 || row == 1 ? depth & ~3 : 0;
  for (let k: usize = 0; k < whole; k += step == 1 ? whole : 4) {
    let p = to + k * A_STEP;
    for (let m: usize = 0; m + MR <= rows; m += MR) {
      if (step == 1) packRowsA(p, from + 4 * m * row, row, whole);
      else packColumnsA(p, from + 4 * (m + k * step), step);
      p += panel;
    }
  }
  const full = rows / MR * MR;
  for (let m: usize = 0; m < rows; m += MR) {
    packRest(to, from + 4 * m * row, row, step, min(MR, rows - m), MR, m < full ? whole : 0, depth);
    to += panel;
  }
}

/** Packs rows of B in panels of 8; rows and k past the end are zeros. */
export function packB(to: usize, from: usize, row: usize, step: usize, rows: usize, depth: usize): void {
  const panel = ((depth + 3) & ~3) * B_STEP;
  const whole = step == 1 || row == 1 ? depth & ~3 : 0;
  // k contiguous: panel by panel. Rows contiguous: four k through all panels, so that memory is read in order.
  for (let k: usize = 0; k < whole; k += step == 1 ? whole : 4) {
    let p = to + k * B_STEP;
    for (let n: usize = 0; n + NR <= rows; n += NR) {
      if (step == 1) packRowsB(p, from + 4 * n * row, row, whole);
      else packColumnsB(p, from + 4 * (n + k * step), step);
      p += panel;
    }
  }
  const full = rows / NR * NR;
  for (let n: usize = 0; n < rows; n += NR) {
    packRest(to, from + 4 * n * row, row, step, min(NR, rows - n), NR, n < full ? whole : 0, depth);
    to += panel;
  }
}

/** What the fast packers leave: the last k, and all of a panel that is not full. */
function packRest(
  to: usize, from: usize, row: usize, step: usize, rows: usize, width: usize, k: usize, depth: usize,
): void {
  for (const end = (depth + 3) & ~3; k < end; k++) {
    for (let r: usize = 0; r < width; r++) {
      store<f32>(to + 4 * (k * width + r), r < rows && k < depth ? load<f32>(from + 4 * (r * row + k * step)) : 0);
    }
  }
}

/** Four rows, four k: transposed to `to`, `to + stride`, … */
// @ts-ignore: decorator
@inline
function transpose(from: usize, row: usize, to: usize, stride: usize): void {
  const a = v128.load(from), b = v128.load(from + row), c = v128.load(from + 2 * row), d = v128.load(from + 3 * row);
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(to + stride, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
  v128.store(to + 2 * stride, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * stride, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

function packRowsA(to: usize, from: usize, row: usize, depth: usize): void {
  row *= 4;
  for (let k: usize = 0; k < depth; k += 4) {
    transpose(from, row, to, A_STEP);
    if (ASC_FEATURE_RELAXED_SIMD) {
      const e = v128.load(from + 4 * row), f = v128.load(from + 5 * row);
      const low = v128.shuffle<f32>(e, f, 0, 4, 1, 5), high = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
      v128.store64_lane(to, low, 0, 16);
      v128.store64_lane(to + A_STEP, low, 1, 16);
      v128.store64_lane(to + 2 * A_STEP, high, 0, 16);
      v128.store64_lane(to + 3 * A_STEP, high, 1, 16);
    }
    from += 16;
    to += 4 * A_STEP;
  }
}

function packColumnsA(to: usize, from: usize, step: usize): void {
  step *= 4;
  for (let k: usize = 0; k < 4; k++) {
    v128.store(to, v128.load(from));
    if (ASC_FEATURE_RELAXED_SIMD) store<u64>(to, load<u64>(from, 16), 16);
    from += step;
    to += A_STEP;
  }
}

function packRowsB(to: usize, from: usize, row: usize, depth: usize): void {
  row *= 4;
  for (let k: usize = 0; k < depth; k += 4) {
    transpose(from, row, to, B_STEP);
    transpose(from + 4 * row, row, to + 16, B_STEP);
    from += 16;
    to += 4 * B_STEP;
  }
}

function packColumnsB(to: usize, from: usize, step: usize): void {
  step *= 4;
  for (let k: usize = 0; k < 4; k++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += step;
    to += B_STEP;
  }
}
