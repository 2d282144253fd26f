// Which latents may be active: the bound of a pre-activation by integer products, and the list of those that it does not exclude
//
//     pre_bi = s_b t_i I'_bi + b_i + ε_bi                    I'_bi = Σ_k q_bk r_ik, exact in int32
//     |ε_bi| ≤ ‖x_b − x̂_b‖ ‖E_i‖ + ‖x̂_b‖ ‖E_i − Ê_i‖
//
// (docs/mathematics.md, "Encoding by certified screening"). Latent i can exceed θ in row b only if
//
//     I' > u_b P_i + z_b U_i + v_b Q_i + w_b T_i
//     u_b = 1/s_b      v_b = −(‖x_b − x̂_b‖ + g ‖x_b‖)/s_b      w_b = −‖x̂_b‖/s_b      z_b = θ_b/s_b, where a row has its own θ
//     P_i = (θ_i − b_i − slack)/t_i      Q_i = ‖E_i‖/t_i      T_i = ‖E_i − Ê_i‖/t_i      U_i = 1/t_i
//
// Everything that float32 rounds widens the bound: the dot product and its bias by g = γ_n (`rounding`), the norms by as much, s·q in
// the error and I' by INTEGER, the factors and their sum by SUM. A NaN excludes nothing, and neither does −∞; P, z and U are cut, and u is at most 2⁸⁰, so
// that no product becomes +∞. Where the float32 encode may overflow, nothing is excluded.
//
// With the second digit of x, x̂' replaces x̂ in v and w, and ‖x̂'‖ is at most ‖x‖ + ‖x − x̂'‖: v', w'.
//
// Layout: row factors [rows][u, z, v, w, v', w']; latent factors seven arrays of CHUNK numbers: where the integer sums start (i32), P, U, Q, T,
// and for bounds from below t and b − slack.
// Work: one thread screens a part's blocks with a state of its own.
import { PAIR_BYTES, PAIRS } from "./exact_dots";
import { packedWords, packIntegersA, packIntegersB, widenedBytes } from "./integer_tiles";
import { MR, NR, packedBytes } from "./panels";
import { ROW_BLOCK } from "./product";
import { LATENT_BOUNDS, ROW_BOUNDS } from "./quantize";
import { Block } from "./screen_block";
import { CHUNK } from "./selection";

/** Bytes of the factors of a row. */
export const ROW_FACTORS: usize = 24;
/** Bytes between the arrays of factors of a chunk's latents. */
export const FACTOR_ARRAY: usize = CHUNK * 4;
// @ts-ignore: decorator
@inline
const UNIT: f64 = 5.9604644775390625e-8; // 2⁻²⁴
/** Rounding of the four factors of a product and of the sum of the products: 7 roundings, and room for as many again. */
// @ts-ignore: decorator
@inline
const SUM: f64 = 16 * UNIT;
/** Rounding of s·q in the error, of I' to float32 and of what is computed from it, relative to ‖x̂‖ ‖E‖. */
// @ts-ignore: decorator
@inline
const INTEGER: f64 = 24 * UNIT;
/** What norms may lose to underflow: each square at most 2⁻¹⁴⁹, hence √d·2⁻⁷⁴ in all. */
// @ts-ignore: decorator
@inline
const LOST: f64 = 1.0587911840678754e-22; // 2⁻⁷³
/** The least float32, 2⁻¹⁴⁹: what a product may lose to underflow. */
// @ts-ignore: decorator
@inline
const LEAST: f64 = 1.401298464324817e-45;
/** 2⁻⁶⁰: what factors and products may lose to underflow, since |w| ≥ 1. */
// @ts-ignore: decorator
@inline
const UNDERFLOW: f64 = 8.673617379884035e-19;
/** 2⁶² and 2¹²⁶: below them no partial sum of the float32 encode overflows. */
// @ts-ignore: decorator
@inline
const LARGEST_NORM: f32 = 4611686018427387904.0;
// @ts-ignore: decorator
@inline
const LARGEST_BIAS: f64 = 8.507059173023462e37;
/** 2⁻⁶⁰: the least scale of a row or a latent that may be multiplied with another. */
// @ts-ignore: decorator
@inline
export const LEAST_PRODUCT: f64 = UNDERFLOW;
/** Largest P, U and z: 2⁴⁰ and 2⁶³. Times u ≤ 2⁸⁰ and each other they stay below 2¹²⁷. */
// @ts-ignore: decorator
@inline
const LARGEST_P: f64 = 1099511627776.0;
// @ts-ignore: decorator
@inline
const LARGEST_U: f64 = 9223372036854775808.0;

/** Entries that the list of a block's candidates has room for: a sixteenth of its pre-activations. */
// @ts-ignore: decorator
@inline
const MOST: usize = ROW_BLOCK * CHUNK / 16;
/** Bytes of the list of candidates: values, latents, pairs. */
// @ts-ignore: decorator
@inline
const LIST_BYTES: usize = (MOST + PAIRS) * (8 + PAIR_BYTES);

/** The state of a thread that screens; it lies in scratch, in SCREEN_BYTES. */
@unmanaged
export class Screen {
  /** The operands; `rows` is 0 where nothing is screened. */
  rows: usize;
  rowBounds: usize;
  latents: usize;
  latentBounds: usize;
  W: usize;
  d: usize;
  /**
   * A block may have one candidate in this many pre-activations: a single dot product costs five to eight times its share of a tile,
   * and the slower the integer product is, the fewer pay.
   */
  share: usize;
  /** γ of the float32 dot product and its bias. */
  rounding: f64;
  /** What norms may lose to underflow. */
  lost: f64;
  rowFactors: usize;
  latentFactors: usize;
  widened: usize;
  packedRows: usize;
  packedLatents: usize;
  /** The candidates of a block, row by row. */
  values: usize;
  indices: usize;
  pairs: usize;
  /** Where each row's candidates end. */
  ends: usize;
  /** Chunks that are not screened before the next attempt, and how many attempts in a row have failed. */
  waiting: usize;
  failures: usize;
}

/** Bytes of a `Screen`. */
export const SCREEN_BYTES: usize = 128;

/**
 * Returns 0 where there are no integer products of vectors, 1 where they are made of several instructions and 2 where one instruction
 * (VNNI, SDOT) multiplies and adds. The relaxed instruction tells by what it makes of operands that it leaves open: 255·127 four times is
 * 2·32767 in 16-bit steps that saturate, 4·255·127 with VNNI, and −4·127 on arm64, with or without SDOT.
 */
export function integerProductSpeed(): i32 {
  if (!ASC_FEATURE_SIMD) return 0;
  if (!ASC_FEATURE_RELAXED_SIMD) return 1;
  const sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(127), i8x16.splat(-1), i32x4.splat(0));
  return i32x4.extract_lane(sum, 0) == 2 * 32767 ? 1 : 2;
}

/** Whether integer products are far quicker than the tier's float32 ones: not where the relaxed one takes several instructions. */
export function hasQuickProducts(): bool {
  return !ASC_FEATURE_RELAXED_SIMD || integerProductSpeed() == 2;
}

/** Returns the bytes of scratch beside the state. */
export function screenBytes(B: usize, W: usize): usize {
  if (!ASC_FEATURE_SIMD || W == 0) return 0;
  return ROW_FACTORS * B + FACTOR_ARRAY * 7 + widenedBytes(W) + packedBytes(B, MR, packedWords(W)) +
    packedBytes(CHUNK, NR, packedWords(W)) + LIST_BYTES + 4 * ROW_BLOCK;
}

/** Divides scratch, packs the rows, and computes what depends on them alone. */
export function beginScreen(screen: Screen, scratch: usize, B: usize, d: usize): void {
  const words = packedWords(screen.W);
  screen.d = d;
  screen.rowFactors = scratch;
  screen.latentFactors = screen.rowFactors + ROW_FACTORS * B;
  screen.widened = screen.latentFactors + FACTOR_ARRAY * 7;
  screen.packedRows = screen.widened + widenedBytes(screen.W);
  screen.packedLatents = screen.packedRows + packedBytes(B, MR, words);
  screen.values = screen.packedLatents + packedBytes(CHUNK, NR, words);
  screen.indices = screen.values + 4 * (MOST + PAIRS);
  screen.pairs = screen.indices + 4 * (MOST + PAIRS);
  screen.ends = screen.pairs + PAIR_BYTES * (MOST + PAIRS);
  screen.waiting = screen.failures = 0;
  screen.share = hasQuickProducts() ? 16 : 32;
  // Each product of the float32 encode passes through a rounding of its own, the additions of its block, and those of the blocks.
  const roundings = <f64>(d + 8 + d / 512) * UNIT;
  screen.rounding = roundings / (1 - roundings);
  screen.lost = LOST * Math.sqrt(<f64>d);
  packIntegersA(screen.packedRows, screen.rows, screen.W, 2 * screen.W, B, screen.widened);
  for (let m: usize = 0; m < B; m++) {
    const bounds = screen.rowBounds + ROW_BOUNDS * m, factors = screen.rowFactors + ROW_FACTORS * m;
    const scale = <f64>load<f32>(bounds), decoded = normAtMost(screen, load<f32>(bounds, 12));
    const error = normAtMost(screen, load<f32>(bounds, 8)) + INTEGER * decoded;
    store<f32>(factors, <f32>(1 / scale));
    store<f32>(factors, 0, 4);
    const norm = load<f32>(bounds, 4), size = normAtMost(screen, norm), rounded = screen.rounding * size;
    const v = norm < LARGEST_NORM ? -(error + rounded) * (1 + SUM) / scale : -Infinity;
    store<f32>(factors, <f32>v, 8);
    store<f32>(factors, <f32>(-decoded * (1 + SUM) / scale), 12);
    const left = normAtMost(screen, load<f32>(bounds, 16)) + INTEGER * size;
    store<f32>(factors, norm < LARGEST_NORM ? <f32>(-(left + rounded) * (1 + SUM) / scale) : -Infinity, 16);
    store<f32>(factors, <f32>(-(size + left) * (1 + SUM) / scale), 20);
  }
}

/** Returns an upper bound of a norm, given its float32 value. */
// @ts-ignore: decorator
@inline
function normAtMost(screen: Screen, norm: f32): f64 {
  return <f64>norm * (1 + screen.rounding) + screen.lost;
}

/** Packs the latents of the block's chunk and computes their factors. */
export function beginChunk(screen: Screen, block: Block): void {
  const n0 = block.n0, nCount = block.columns, bias = block.bias, threshold = block.threshold;
  packIntegersB(screen.packedLatents, screen.latents + 4 * n0 * screen.W, screen.W, nCount, screen.widened);
  for (let n: usize = 0; n < nCount; n++) {
    const bounds = screen.latentBounds + LATENT_BOUNDS * (n0 + n), factors = screen.latentFactors + 4 * n;
    const scale = <f64>load<f32>(bounds), norm = normAtMost(screen, load<f32>(bounds, 4));
    const error = normAtMost(screen, load<f32>(bounds, 8)) + 3 * UNIT * norm;
    const b = <f64>load<f32>(bias + 4 * n), theta = threshold ? <f64>load<f32>(threshold + 4 * n) : 0;
    const slack = (screen.rounding + SUM) * Math.abs(b) + SUM * Math.abs(theta) + <f64>(screen.d + 8) * LEAST;
    store<i32>(factors, ASC_FEATURE_RELAXED_SIMD ? -<i32>load<f32>(bounds, 12) : 0);
    // A scale that a file gives may be anything.
    const p = scale > 0 && Math.abs(b) < LARGEST_BIAS ? Math.min((theta - b - slack) / scale, LARGEST_P) : NaN;
    store<f32>(factors, <f32>p, FACTOR_ARRAY);
    store<f32>(factors, <f32>Math.min(1 / scale, LARGEST_U), 2 * FACTOR_ARRAY);
    store<f32>(factors, <f32>(norm * (1 + SUM) / scale), 3 * FACTOR_ARRAY);
    store<f32>(factors, <f32>(error * (1 + SUM) / scale + UNDERFLOW), 4 * FACTOR_ARRAY);
    // Outside these limits a product of scales could leave float32's range: such latents have no bound from below.
    const bounded = scale >= LEAST_PRODUCT && scale < <f64>LARGEST_NORM;
    store<f32>(factors, bounded ? <f32>scale : 0, 5 * FACTOR_ARRAY);
    store<f32>(factors, bounded ? <f32>(b - slack) : -Infinity, 6 * FACTOR_ARRAY);
  }
}

/** Sets the threshold of a row, θ_b ≥ 0, which may rise from chunk to chunk. */
// @ts-ignore: decorator
@inline
export function setRowThreshold(screen: Screen, m: usize, theta: f32): void {
  const factors = screen.rowFactors + ROW_FACTORS * m;
  store<f32>(factors, <f32>Math.min(<f64>theta * <f64>load<f32>(factors) * (1 - SUM), LARGEST_U), 4);
}

/** Whether the next chunk is to be screened. After a block of too many candidates, more and more chunks are not. */
export function isScreened(screen: Screen): bool {
  if (!ASC_FEATURE_SIMD || screen.rows == 0) return false;
  if (screen.waiting == 0) return true;
  screen.waiting--;
  return false;
}

/** Remembers whether screening the chunk was worth it. */
export function endChunk(screen: Screen, worth: bool): void {
  if (worth) screen.failures = 0;
  else screen.waiting = (1 << screen.failures++) - 1;
}
