// Packed panels: `width` rows side by side for each k, so that the micro-kernel reads straight on.
//
// Layout: rows of A go in panels of MR, rows of B in panels of NR; the float of row r and k lies at 4·(k·width + r) of its panel.
// Depths are rounded up to a multiple of four. Rows and k past the end are zeros.
// Work: a caller packs its own operands; packing divides no work.

// 6×8: 12 accumulators, 2 registers of B and 1 of A are V8's 15. Without FMA each product needs one register more, and a spilled
// accumulator costs a store-to-load round trip per k: 6×8 reaches 49 %, 4×8 67 % of the rate.
export const MR: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
export const NR: usize = 8;
/** Bytes of one k in a panel. */
export const A_STEP: usize = MR * 4;
export const B_STEP: usize = NR * 4;

/** Returns the bytes of `count` rows packed in panels of `width` rows. */
// @ts-ignore: decorator
@inline
export function packedBytes(count: usize, width: usize, depth: usize): usize {
  return (count + width - 1) / width * width * ((depth + 3) & ~3) * 4;
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

/** Packs what the fast packers leave: the last k of every panel, and the whole of a panel that is not full. */
function packRest(
  to: usize, from: usize, row: usize, step: usize, rows: usize, width: usize, k: usize, depth: usize,
): void {
  for (const end = (depth + 3) & ~3; k < end; k++) {
    for (let r: usize = 0; r < width; r++) {
      store<f32>(to + 4 * (k * width + r), r < rows && k < depth ? load<f32>(from + 4 * (r * row + k * step)) : 0);
    }
  }
}

/** Transposes four rows of four k to `to`, `to + stride`, … */
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
