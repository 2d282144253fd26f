// pre_c = bias_c + Σ_k a_c,k·b_c,k for a list of pairs (a row of the batch, a row of the encoder)
//
// Layout: `pairs` holds for each pair the addresses of a and of b (two words); `values` holds bias_c and receives pre_c.
// Work: one thread handles a list. Lists have room for PAIRS − 1 pairs past the end.
//
// The sum of a pair has the order of a tile's (tiles.ts), so its bits: k in order in blocks of DEPTH_BLOCK, each block starting from 0 and
// added to what came before, the bias first. A vector holds four pairs: four k of each are loaded and transposed. Two such groups take
// turns, because one sum alone waits four cycles for each multiply-add.
import { DEPTH_BLOCK } from "./product";
import { madd } from "./simd";

/** Pairs that are computed together. */
export const PAIRS: usize = 8;
/** Bytes of a pair. */
export const PAIR_BYTES: usize = 8;

/** Computes `count` pairs. */
export function exactDots(values: usize, pairs: usize, count: usize, d: usize): void {
  // Copies of the last pair fill the last group.
  for (let c = count; c % PAIRS != 0; c++) store<u64>(pairs + PAIR_BYTES * c, load<u64>(pairs + PAIR_BYTES * (count - 1)));
  for (let c: usize = 0; c < count; c += PAIRS) {
    for (let k: usize = 0; k < d; k += DEPTH_BLOCK) {
      addBlock(values + 4 * c, pairs + PAIR_BYTES * c, 4 * k, min(DEPTH_BLOCK, d - k));
    }
  }
}

/** Adds a block of depth, which begins `at` bytes from the start of each row, to eight values. */
function addBlock(values: usize, pairs: usize, at: usize, depth: usize): void {
  let a0 = addressAt(pairs) + at, b0 = addressAt(pairs + 4) + at, a1 = addressAt(pairs + 8) + at, b1 = addressAt(pairs + 12) + at;
  let a2 = addressAt(pairs + 16) + at, b2 = addressAt(pairs + 20) + at, a3 = addressAt(pairs + 24) + at, b3 = addressAt(pairs + 28) + at;
  let a4 = addressAt(pairs + 32) + at, b4 = addressAt(pairs + 36) + at, a5 = addressAt(pairs + 40) + at, b5 = addressAt(pairs + 44) + at;
  let a6 = addressAt(pairs + 48) + at, b6 = addressAt(pairs + 52) + at, a7 = addressAt(pairs + 56) + at, b7 = addressAt(pairs + 60) + at;
  let low = f32x4.splat(0), high = f32x4.splat(0);
  let k: usize = 0;
  for (const whole: usize = (depth & ~3) << 2; k < whole; k += 16) {
    low = addFour(low, v128.load(a0 + k), v128.load(a1 + k), v128.load(a2 + k), v128.load(a3 + k),
      v128.load(b0 + k), v128.load(b1 + k), v128.load(b2 + k), v128.load(b3 + k));
    high = addFour(high, v128.load(a4 + k), v128.load(a5 + k), v128.load(a6 + k), v128.load(a7 + k),
      v128.load(b4 + k), v128.load(b5 + k), v128.load(b6 + k), v128.load(b7 + k));
  }
  for (; k < 4 * depth; k += 4) {
    low = madd(fourOf(a0 + k, a1 + k, a2 + k, a3 + k), fourOf(b0 + k, b1 + k, b2 + k, b3 + k), low);
    high = madd(fourOf(a4 + k, a5 + k, a6 + k, a7 + k), fourOf(b4 + k, b5 + k, b6 + k, b7 + k), high);
  }
  v128.store(values, f32x4.add(low, v128.load(values)));
  v128.store(values, f32x4.add(high, v128.load(values, 16)), 16);
}

// @ts-ignore: decorator
@inline
function addressAt(at: usize): usize {
  return <usize>load<u32>(at);
}

/** Adds the products of four k in four rows each of a and b, one k after the other. */
// @ts-ignore: decorator
@inline
function addFour(sum: v128, a0: v128, a1: v128, a2: v128, a3: v128, b0: v128, b1: v128, b2: v128, b3: v128): v128 {
  const aLow = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), aHigh = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const cLow = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), cHigh = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  const bLow = v128.shuffle<f32>(b0, b1, 0, 4, 1, 5), bHigh = v128.shuffle<f32>(b0, b1, 2, 6, 3, 7);
  const eLow = v128.shuffle<f32>(b2, b3, 0, 4, 1, 5), eHigh = v128.shuffle<f32>(b2, b3, 2, 6, 3, 7);
  sum = madd(v128.shuffle<f32>(aLow, cLow, 0, 1, 4, 5), v128.shuffle<f32>(bLow, eLow, 0, 1, 4, 5), sum);
  sum = madd(v128.shuffle<f32>(aLow, cLow, 2, 3, 6, 7), v128.shuffle<f32>(bLow, eLow, 2, 3, 6, 7), sum);
  sum = madd(v128.shuffle<f32>(aHigh, cHigh, 0, 1, 4, 5), v128.shuffle<f32>(bHigh, eHigh, 0, 1, 4, 5), sum);
  return madd(v128.shuffle<f32>(aHigh, cHigh, 2, 3, 6, 7), v128.shuffle<f32>(bHigh, eHigh, 2, 3, 6, 7), sum);
}

// @ts-ignore: decorator
@inline
function fourOf(a: usize, b: usize, c: usize, d: usize): v128 {
  return f32x4(load<f32>(a), load<f32>(b), load<f32>(c), load<f32>(d));
}
