// Screens a block of rows of a chunk of latents: lists the candidates, or bounds every pre-activation from below
//
// Layout: the integer sums [ROW_BLOCK, CHUNK] lie where a block computed plainly has its pre-activations; lower bounds replace them.
// Work: the thread of the part.
//
// There are two tests, both those of screen.ts: one of all latents, four at a time, and one with the second digit of x of those that are
// left. There I' + I''/128 takes the place of I', where I'' is the product of the second digit, and v' and w' those of v and w.
import { PAIR_BYTES } from "./exact_dots";
import { INTEGER_ROW, integerTiles, packedWords } from "./integer_tiles";
import { MR, packedBytes } from "./panels";
import { LATENT_BOUNDS, ROW_BOUNDS, SECOND_DIGIT } from "./quantize";
import { FACTOR_ARRAY, LEAST_PRODUCT, ROW_FACTORS, Screen } from "./screen";
import { madd } from "./simd";

/** A block of rows and latents. */
@unmanaged
export class Block {
  /** Integer sums. */
  sums: usize;
  /** The first row of the block. */
  m0: usize;
  /** The rows of the batch. */
  input: usize;
  /** Rows of the block. */
  rows: usize;
  /** The first latent of the chunk, how many there are, their weights and biases. */
  n0: usize;
  columns: usize;
  weights: usize;
  bias: usize;
  /** θ_i of each, or 0 where all are 0. */
  threshold: usize;
}

/** Bytes of a `Block`. */
export const BLOCK_BYTES: usize = 48;

/** Computes the integer sums of a block. */
function multiplyIntegers(screen: Screen, block: Block): void {
  const words = packedWords(screen.W), rows = screen.packedRows + packedBytes(block.m0, MR, words);
  integerTiles(block.sums, rows, screen.packedLatents, screen.latentFactors, block.rows, block.columns, words);
}

/** Lists the candidates of a block, row by row; returns their number, or −1 if they are too many. */
export function listCandidates(screen: Screen, block: Block): isize {
  multiplyIntegers(screen, block);
  const most = block.rows * block.columns / screen.share;
  let count: usize = 0;
  for (let m: usize = 0; m < block.rows; m++) {
    count = screenRow(screen, block, m, count, most);
    if (count > most) return -1;
    store<u32>(screen.ends + 4 * m, count);
  }
  return <isize>count;
}

/** Appends the candidates of a row to the list; returns its length, which is more than `most` if there is no room. */
function screenRow(screen: Screen, block: Block, m: usize, count: usize, most: usize): usize {
  const factors = screen.rowFactors + ROW_FACTORS * (block.m0 + m), columns = block.columns;
  const u = v128.load32_splat(factors), z = v128.load32_splat(factors, 4);
  const v = v128.load32_splat(factors, 8), w = v128.load32_splat(factors, 12);
  let sums = block.sums + INTEGER_ROW * m, latents = screen.latentFactors;
  for (let n: usize = 0; n < columns; n += 16, sums += 64, latents += 64) {
    // Where few latents are active, most groups of 16 hold no candidate. A limit that is NaN excludes nothing.
    const s0 = isSilent(sums, latents, u, z, v, w), s1 = isSilent(sums + 16, latents + 16, u, z, v, w);
    const s2 = isSilent(sums + 32, latents + 32, u, z, v, w), s3 = isSilent(sums + 48, latents + 48, u, z, v, w);
    let left = ~i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(s0, s1), i16x8.narrow_i32x4_s(s2, s3))) & 0xffff;
    if (n + 16 > columns) left &= (1 << <i32>(columns - n)) - 1;
    for (; left != 0; left &= left - 1) {
      const at = n + <usize>ctz<i32>(left);
      if (isExcluded(screen, block, m, at)) continue;
      if (count == most) return most + 1;
      store<f32>(screen.values + 4 * count, load<f32>(block.bias + 4 * at));
      store<u32>(screen.indices + 4 * count, block.n0 + at);
      store<u32>(screen.pairs + PAIR_BYTES * count, block.input + 4 * (block.m0 + m) * screen.d);
      store<u32>(screen.pairs + PAIR_BYTES * count, block.weights + 4 * at * screen.d, 4);
      count++;
    }
  }
  return count;
}

// @ts-ignore: decorator
@inline
function isSilent(sums: usize, latents: usize, u: v128, z: v128, v: v128, w: v128): v128 {
  return f32x4.le(f32x4.convert_i32x4_s(v128.load(sums)), limitOf(latents, u, z, v, w));
}

/** u P + z U + v Q + w T of four latents. */
// @ts-ignore: decorator
@inline
function limitOf(latents: usize, u: v128, z: v128, v: v128, w: v128): v128 {
  const positive = madd(u, v128.load(latents, FACTOR_ARRAY), f32x4.mul(z, v128.load(latents, 2 * FACTOR_ARRAY)));
  return madd(v, v128.load(latents, 3 * FACTOR_ARRAY), madd(w, v128.load(latents, 4 * FACTOR_ARRAY), positive));
}

/** Whether the second digit of x excludes latent `n` of the chunk in row `m` of the block. */
function isExcluded(screen: Screen, block: Block, m: usize, n: usize): bool {
  const b = block.m0 + m, i = block.n0 + n, W = screen.W;
  const second = multiplySecond(screen.rows + 8 * b * W + 4 * W, screen.latents + 4 * i * W, W) -
    <i32>load<f32>(screen.latentBounds + LATENT_BOUNDS * i, 12);
  const integer = <f32>load<i32>(block.sums + INTEGER_ROW * m + 4 * n) + <f32>second / SECOND_DIGIT;
  const row = screen.rowFactors + ROW_FACTORS * b, latent = screen.latentFactors + 4 * n;
  const limit = load<f32>(row) * load<f32>(latent, FACTOR_ARRAY) + load<f32>(row, 4) * load<f32>(latent, 2 * FACTOR_ARRAY) +
    load<f32>(row, 16) * load<f32>(latent, 3 * FACTOR_ARRAY) + load<f32>(row, 20) * load<f32>(latent, 4 * FACTOR_ARRAY);
  return integer <= limit;
}

/** Returns Σ_k (q'_k + 64)·r_k, of W words. */
function multiplySecond(row: usize, latent: usize, W: usize): i32 {
  let sums = i32x4.splat(0);
  const end = row + 4 * W;
  if (ASC_FEATURE_RELAXED_SIMD) {
    let other = sums, third = sums, fourth = sums;
    for (; row + 64 <= end; row += 64, latent += 64) {
      sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(latent), v128.load(row), sums);
      other = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(latent, 16), v128.load(row, 16), other);
      third = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(latent, 32), v128.load(row, 32), third);
      fourth = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(latent, 48), v128.load(row, 48), fourth);
    }
    sums = i32x4.add(i32x4.add(sums, other), i32x4.add(third, fourth));
    for (; row + 16 <= end; row += 16, latent += 16) {
      sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(latent), v128.load(row), sums);
    }
    for (; row < end; row += 4, latent += 4) {
      sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load32_zero(latent), v128.load32_zero(row), sums);
    }
  } else {
    for (; row + 8 <= end; row += 8, latent += 8) {
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load_ext<i8>(latent)));
    }
    for (; row < end; row += 4, latent += 4) {
      const a = i16x8.extend_low_i8x16_s(v128.load32_zero(row)), c = i16x8.extend_low_i8x16_s(v128.load32_zero(latent));
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(a, c));
    }
  }
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

/** Puts bounds from below in place of the integer sums of a block: s t (I' + v Q + w T) + b − slack. */
export function boundFromBelow(screen: Screen, block: Block): void {
  multiplyIntegers(screen, block);
  for (let m: usize = 0; m < block.rows; m++) {
    const b = block.m0 + m, factors = screen.rowFactors + ROW_FACTORS * b, s = load<f32>(screen.rowBounds + ROW_BOUNDS * b);
    let sums = block.sums + INTEGER_ROW * m, latents = screen.latentFactors;
    const bounded = <f64>s >= LEAST_PRODUCT, v = v128.load32_splat(factors, 8), w = v128.load32_splat(factors, 12);
    for (const end = sums + 4 * block.columns; sums < end; sums += 16, latents += 16) {
      const error = madd(v, v128.load(latents, 3 * FACTOR_ARRAY), f32x4.mul(w, v128.load(latents, 4 * FACTOR_ARRAY)));
      const integer = f32x4.add(f32x4.convert_i32x4_s(v128.load(sums)), error);
      const scales = f32x4.mul(f32x4.splat(s), v128.load(latents, 5 * FACTOR_ARRAY));
      const below = madd(scales, integer, v128.load(latents, 6 * FACTOR_ARRAY));
      // pmax keeps −∞ where the bound is NaN, which would rank above all others.
      v128.store(sums, bounded ? f32x4.pmax(f32x4.splat(-Infinity), below) : f32x4.splat(-Infinity));
    }
  }
}
