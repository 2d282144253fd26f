// penalties_i = Σ_b φ(|f_bi| n_i)        counts_i = #{b : f_bi ≠ 0}        squares_i = Σ_b f_bi²
//
// Layout: f [B, N]; n, or 0 where every weight is 1, and the three sums [N].
// Work: items are latents, 1024 at a time; the sums over 64 rows stay in scratch and are then added to the total.
//
// A sum of logarithms is the logarithm of a product: the mantissas (√½ to √2) of y = |f| n + ε are multiplied, their exponents added, and
// one logarithm is taken per 64 rows. With − log ε, y = |f| n/ε + 1, so a silent latent costs exactly 0.
// B 1024, N 8192: 25 ms with a logarithm for each y, 4.5 ms this way.
import { Penalty } from "./codes";
import {
  exponent, exponent4, logarithm, logarithm4, mantissa, mantissa4, penaltyValue, penaltyValue4, weightsAt, weightStep,
} from "./penalty";
import { add, STRIP } from "./rows";

const TILE: usize = 1024;
const ROWS: usize = 64;
const LEAST: f32 = 1.1754943508222875e-38; // mantissa and exponent need normal numbers
const LN2: f32 = 0.6931471805599453;

// In scratch, for each latent of the tile: its penalty (for the log penalty the product of mantissas), its squares, its exponents.
const SQUARES: usize = 4 * TILE;
const EXPONENTS: usize = 8 * TILE;
const SUMS_BYTES: usize = 12 * TILE;

/** A strip of rows over the latents of a tile; it lies in scratch after the sums. */
@unmanaged
class Strip {
  f: usize;
  /** Bytes from one row of f to the next. */
  stride: usize;
  rows: usize;
  norms: usize;
  /** Bytes from one norm to the next. */
  normStep: usize;
  counts: usize;
  /** Latents of the tile. */
  count: usize;
  /** y = |f|·n/divisor + addend */
  divisor: f32;
  addend: f32;
  epsilon: f32;
}

const STRIP_BYTES: usize = 64;

export function latentSumsScratchBytes(): usize {
  return SUMS_BYTES + STRIP_BYTES;
}

export function latentSums(
  from: usize, to: usize, scratch: usize,
  activations: usize, norms: usize, penalties: usize, counts: usize, squares: usize, B: usize, N: usize,
  kind: i32, epsilon: f32, subtract: i32,
): void {
  const strip = changetype<Strip>(scratch + SUMS_BYTES);
  strip.stride = 4 * N, strip.normStep = weightStep(norms), strip.epsilon = epsilon;
  strip.divisor = kind == Penalty.log && subtract ? epsilon : 1;
  strip.addend = kind != Penalty.log ? 0 : subtract ? 1 : max(epsilon, LEAST);
  for (let i = from; i < to; i += TILE) {
    const count = min(TILE, to - i);
    strip.norms = weightsAt(norms) + strip.normStep * i, strip.counts = counts + 4 * i, strip.count = count;
    memory.fill(penalties + 4 * i, 0, 4 * count);
    memory.fill(counts + 4 * i, 0, 4 * count);
    memory.fill(squares + 4 * i, 0, 4 * count);
    for (let b: usize = 0; b < B;) {
      memory.fill(scratch, 0, SUMS_BYTES);
      if (kind == Penalty.log) for (let t: usize = 0; t < 4 * count; t += 4) store<f32>(scratch + t, 1);
      for (const end = min(b + ROWS, B); b < end; b += STRIP) {
        strip.f = activations + 4 * (b * N + i), strip.rows = min(STRIP, end - b);
        addStrip(scratch, strip, kind);
        if (kind == Penalty.tanh || kind == Penalty.l0) addBounded(scratch, strip, kind);
      }
      if (kind == Penalty.log) takeLogarithms(scratch, count);
      add(penalties + 4 * i, scratch, count);
      add(squares + 4 * i, scratch + SQUARES, count);
    }
  }
}

/** Adds up to eight rows. y − y, which is 0 or NaN, keeps a y that is not finite: splitting y into mantissa and exponent would hide it. */
function addStrip(sums: usize, strip: Strip, kind: i32): void {
  let f = strip.f, norms = strip.norms, counts = strip.counts;
  const stride = strip.stride, normStep = strip.normStep, divisor = strip.divisor, addend = strip.addend;
  const end = sums + 4 * strip.count, bytes = strip.rows * stride;
  if (ASC_FEATURE_SIMD) {
    const divisor4 = f32x4.splat(divisor), addend4 = f32x4.splat(addend), zero = f32x4.splat(0);
    for (; sums + 16 <= end; sums += 16, counts += 16, norms += 4 * normStep, f += 16) {
      const n = f32x4.div(v128.load(norms), divisor4);
      let penalty = v128.load(sums), square = v128.load(sums, SQUARES), exponents = v128.load(sums, EXPONENTS);
      let active = v128.load(counts);
      for (let row = f; row < f + bytes; row += stride) {
        const v = v128.load(row);
        const y = f32x4.add(f32x4.mul(f32x4.abs(v), n), addend4);
        if (kind == Penalty.log) {
          penalty = f32x4.add(f32x4.mul(penalty, mantissa4(y)), f32x4.sub(y, y));
          exponents = i32x4.add(exponents, exponent4(y));
        } else if (kind == Penalty.l1) {
          penalty = f32x4.add(penalty, y);
        }
        square = f32x4.add(square, f32x4.mul(v, v));
        active = i32x4.sub(active, f32x4.ne(v, zero));
      }
      v128.store(sums, penalty);
      v128.store(sums, square, SQUARES);
      v128.store(sums, exponents, EXPONENTS);
      v128.store(counts, active);
    }
  }
  for (; sums < end; sums += 4, counts += 4, norms += normStep, f += 4) {
    const n = load<f32>(norms) / divisor;
    let penalty = load<f32>(sums), square = load<f32>(sums, SQUARES), exponents = load<i32>(sums, EXPONENTS);
    let active = load<u32>(counts);
    for (let row = f; row < f + bytes; row += stride) {
      const v = load<f32>(row);
      const y = Mathf.abs(v) * n + addend;
      if (kind == Penalty.log) {
        penalty = penalty * mantissa(y) + (y - y);
        exponents += exponent(y);
      } else if (kind == Penalty.l1) {
        penalty += y;
      }
      square += v * v;
      active += u32(v != 0);
    }
    store<f32>(sums, penalty);
    store<f32>(sums, square, SQUARES);
    store<i32>(sums, exponents, EXPONENTS);
    store<u32>(counts, active);
  }
}

/** Adds the penalties of up to eight rows, tanh or l0. They have a loop of their own, because in the other one they cost l1 a quarter of its time. */
function addBounded(sums: usize, strip: Strip, kind: i32): void {
  let f = strip.f, norms = strip.norms;
  const stride = strip.stride, normStep = strip.normStep, epsilon = strip.epsilon;
  const end = sums + 4 * strip.count, bytes = strip.rows * stride;
  if (ASC_FEATURE_SIMD) {
    const epsilon4 = f32x4.splat(epsilon), zero = f32x4.splat(0);
    for (; sums + 16 <= end; sums += 16, norms += 4 * normStep, f += 16) {
      const n = v128.load(norms);
      let sum = v128.load(sums);
      for (let row = f; row < f + bytes; row += stride) {
        sum = f32x4.add(sum, penaltyValue4(kind, epsilon4, zero, f32x4.mul(f32x4.abs(v128.load(row)), n)));
      }
      v128.store(sums, sum);
    }
  }
  for (; sums < end; sums += 4, norms += normStep, f += 4) {
    const n = load<f32>(norms);
    let sum = load<f32>(sums);
    for (let row = f; row < f + bytes; row += stride) sum += penaltyValue(kind, epsilon, 0, Mathf.abs(load<f32>(row)) * n);
    store<f32>(sums, sum);
  }
}

/** Replaces each product of mantissas by its logarithm + exponents·log 2. */
function takeLogarithms(sums: usize, count: usize): void {
  const end = sums + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const ln2 = f32x4.splat(LN2);
    for (; sums + 16 <= end; sums += 16) {
      const e = f32x4.convert_i32x4_s(v128.load(sums, EXPONENTS));
      v128.store(sums, f32x4.add(logarithm4(v128.load(sums)), f32x4.mul(e, ln2)));
    }
  }
  for (; sums < end; sums += 4) store<f32>(sums, logarithm(load<f32>(sums)) + <f32>load<i32>(sums, EXPONENTS) * LN2);
}
