// g_b = ⟨G_b, D_i⟩ + Ω φ′(|f_b| n_i) sign(f_b) n_i      ∂E_i = Σ_b g_b x_b      ∂b_i = Σ_b g_b
// ∂D_i = Σ_b f_b G_b + (Ω Σ_b φ′(|f_b| n_i) |f_b| / n_i) D_i                     over the rows b where latent i is active, in order
//
// Layout: codes by latent, G [P, B, d] of which latent i reads its block's, x [B, d], D, ∂D, ∂E [N, d]. Ω = coefficient/B·Σ_{l ≥ m(i)} w_l.
// Work: threads take ranges of latents, each of which is done whole: no float is added by two threads. Latents are uneven, so the plan
// asks for small pieces.
//
// Four rows per visit: their dot products load D_i once, and then ∂D_i and ∂E_i are stored once for all four; the first visit starts
// both instead of loading them. What is left is the gather of G and x, four streams of each.
import { penaltySlope } from "./penalty";
import { dot, scaled, sumLanes } from "./rows";

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

export function sparseLatentGradients(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, reverseSums: usize, input: usize, decoder: usize, norms: usize,
  bounds: usize, weights: usize, coefficient: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize,
  rows: usize, d: usize, prefixes: usize, kind: i32, epsilon: f32,
): void {
  let block: usize = 0, bound: usize = 0, omega: f32 = 0;
  const bytes: usize = 4 * d;
  for (let i = from; i < to; i++) {
    if (i >= bound) {
      while (i >= <usize>load<u32>(bounds + 4 * block)) block++;
      bound = <usize>load<u32>(bounds + 4 * block);
      let tail: f64 = 0;
      for (let j = prefixes; j-- > block;) tail += <f64>load<f32>(weights + 4 * j);
      omega = <f32>(<f64>load<f32>(coefficient) / <f64>rows * tail);
    }
    const first = <usize>load<u32>(latentOffsets + 4 * i), last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    const dE = encoderGradient + i * bytes, dD = decoderGradient + i * bytes, D = decoder + i * bytes;
    if (first == last) {
      memory.fill(dE, 0, bytes);
      memory.fill(dD, 0, bytes);
      store<f32>(encoderBiasGradient + 4 * i, 0);
      continue;
    }
    const norm = load<f32>(norms + 4 * i);
    let slopes: f64 = 0;
    for (let e = first; e < last; e++) {
      const size = Mathf.abs(load<f32>(latentValues + 4 * e));
      slopes += <f64>(penaltySlope(kind, epsilon, size * norm) * size);
    }
    const pull = norm > 0 ? <f32>(<f64>omega * slopes / <f64>norm) : 0;
    const pulling = omega * norm;
    let bias: f32 = 0;
    const G = reverseSums + block * rows * bytes;
    for (let e = first; e < last;) {
      const left = last - e;
      const r0 = <usize>load<u32>(latentRows + 4 * e) * bytes, f0 = load<f32>(latentValues + 4 * e);
      if (!ASC_FEATURE_SIMD || left == 1) {
        if (e == first) scaled(dD, D, pull, d), memory.fill(dE, 0, bytes);
        const g0 = dot(G + r0, D, d) + penalised(kind, epsilon, f0, norm, pulling);
        bias += g0;
        updateOne(dD, dE, G + r0, input + r0, f0, g0, bytes);
        e++;
        continue;
      }
      const r1 = <usize>load<u32>(latentRows + 4 * e, 4) * bytes, f1 = load<f32>(latentValues + 4 * e, 4);
      if (left < 4) {
        dotTwo(scratch, D, G + r0, G + r1, bytes);
        const g0 = load<f32>(scratch) + penalised(kind, epsilon, f0, norm, pulling);
        const g1 = load<f32>(scratch, 4) + penalised(kind, epsilon, f1, norm, pulling);
        bias += g0, bias += g1;
        const startD = e == first ? D : dD, startE = e == first ? D : dE;
        updateTwo(
          dD, startD, e == first ? pull : 1, dE, startE, e == first ? 0 : 1,
          G + r0, G + r1, input + r0, input + r1, f0, f1, g0, g1, bytes,
        );
        e += 2;
        continue;
      }
      const r2 = <usize>load<u32>(latentRows + 4 * e, 8) * bytes, f2 = load<f32>(latentValues + 4 * e, 8);
      const r3 = <usize>load<u32>(latentRows + 4 * e, 12) * bytes, f3 = load<f32>(latentValues + 4 * e, 12);
      dotFour(scratch, D, G + r0, G + r1, G + r2, G + r3, bytes);
      const g0 = load<f32>(scratch) + penalised(kind, epsilon, f0, norm, pulling);
      const g1 = load<f32>(scratch, 4) + penalised(kind, epsilon, f1, norm, pulling);
      const g2 = load<f32>(scratch, 8) + penalised(kind, epsilon, f2, norm, pulling);
      const g3 = load<f32>(scratch, 12) + penalised(kind, epsilon, f3, norm, pulling);
      bias += g0, bias += g1, bias += g2, bias += g3;
      // One output at a time: eight streams and their sums would not fit V8's registers.
      combineFour(dD, e == first ? D : dD, e == first ? pull : 1, G + r0, G + r1, G + r2, G + r3, f0, f1, f2, f3, bytes);
      const x = input;
      combineFour(dE, e == first ? D : dE, e == first ? 0 : 1, x + r0, x + r1, x + r2, x + r3, g0, g1, g2, g3, bytes);
      e += 4;
    }
    store<f32>(encoderBiasGradient + 4 * i, bias);
  }
}

/** Ω φ′(|f| n) sign(f) n, given Ω·n. */
// @ts-ignore: decorator
@inline
function penalised(kind: i32, epsilon: f32, f: f32, norm: f32, pulling: f32): f32 {
  const slope = penaltySlope(kind, epsilon, Mathf.abs(f) * norm) * pulling;
  return f > 0 ? slope : f < 0 ? -slope : 0;
}

/** ∂D += f·G, ∂E += g·x */
function updateOne(dD: usize, dE: usize, G: usize, x: usize, f: f32, g: f32, bytes: usize): void {
  const end = dD + bytes;
  if (ASC_FEATURE_SIMD) {
    const fs = f32x4.splat(f), gs = f32x4.splat(g);
    for (; dD + 16 <= end; dD += 16, dE += 16, G += 16, x += 16) {
      v128.store(dD, madd(fs, v128.load(G), v128.load(dD)));
      v128.store(dE, madd(gs, v128.load(x), v128.load(dE)));
    }
  }
  for (; dD < end; dD += 4, dE += 4, G += 4, x += 4) {
    store<f32>(dD, load<f32>(dD) + f * load<f32>(G));
    store<f32>(dE, load<f32>(dE) + g * load<f32>(x));
  }
}

/** ∂D = startD·scaleD + f₀G₀ + f₁G₁, ∂E = startE·scaleE + g₀x₀ + g₁x₁ */
function updateTwo(
  dD: usize, startD: usize, scaleD: f32, dE: usize, startE: usize, scaleE: f32,
  G0: usize, G1: usize, x0: usize, x1: usize, f0: f32, f1: f32, g0: f32, g1: f32, bytes: usize,
): void {
  combineTwo(dD, startD, scaleD, G0, G1, f0, f1, bytes);
  combineTwo(dE, startE, scaleE, x0, x1, g0, g1, bytes);
}

/** to = start·scale + a₀r₀ + a₁r₁ */
function combineTwo(to: usize, start: usize, scale: f32, r0: usize, r1: usize, a0: f32, a1: f32, bytes: usize): void {
  let k: usize = 0;
  const s = f32x4.splat(scale), s0 = f32x4.splat(a0), s1 = f32x4.splat(a1);
  for (; k + 32 <= bytes; k += 32) {
    let sum = f32x4.mul(s, v128.load(start + k)), next = f32x4.mul(s, v128.load(start + k, 16));
    sum = madd(s0, v128.load(r0 + k), sum), next = madd(s0, v128.load(r0 + k, 16), next);
    sum = madd(s1, v128.load(r1 + k), sum), next = madd(s1, v128.load(r1 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  for (; k < bytes; k += 4) {
    store<f32>(to + k, scale * load<f32>(start + k) + a0 * load<f32>(r0 + k) + a1 * load<f32>(r1 + k));
  }
}

/** to = start·scale + Σ a r */
function combineFour(
  to: usize, start: usize, scale: f32, r0: usize, r1: usize, r2: usize, r3: usize, a0: f32, a1: f32, a2: f32, a3: f32, bytes: usize,
): void {
  let k: usize = 0;
  const s = f32x4.splat(scale), s0 = f32x4.splat(a0), s1 = f32x4.splat(a1), s2 = f32x4.splat(a2), s3 = f32x4.splat(a3);
  for (; k + 32 <= bytes; k += 32) {
    let sum = f32x4.mul(s, v128.load(start + k)), next = f32x4.mul(s, v128.load(start + k, 16));
    sum = madd(s0, v128.load(r0 + k), sum), next = madd(s0, v128.load(r0 + k, 16), next);
    sum = madd(s1, v128.load(r1 + k), sum), next = madd(s1, v128.load(r1 + k, 16), next);
    sum = madd(s2, v128.load(r2 + k), sum), next = madd(s2, v128.load(r2 + k, 16), next);
    sum = madd(s3, v128.load(r3 + k), sum), next = madd(s3, v128.load(r3 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  for (; k < bytes; k += 4) {
    store<f32>(
      to + k,
      scale * load<f32>(start + k) + a0 * load<f32>(r0 + k) + a1 * load<f32>(r1 + k) + a2 * load<f32>(r2 + k) + a3 * load<f32>(r3 + k),
    );
  }
}

/** to = ⟨D, r₀⟩, ⟨D, r₁⟩ */
function dotTwo(to: usize, D: usize, r0: usize, r1: usize, bytes: usize): void {
  let k: usize = 0;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), t0 = f32x4.splat(0), t1 = f32x4.splat(0);
  for (; k + 32 <= bytes; k += 32) {
    const a = v128.load(D + k), b = v128.load(D + k, 16);
    s0 = madd(a, v128.load(r0 + k), s0), t0 = madd(b, v128.load(r0 + k, 16), t0);
    s1 = madd(a, v128.load(r1 + k), s1), t1 = madd(b, v128.load(r1 + k, 16), t1);
  }
  let sum0 = sumLanes(f32x4.add(s0, t0)), sum1 = sumLanes(f32x4.add(s1, t1));
  for (; k < bytes; k += 4) {
    const value = load<f32>(D + k);
    sum0 += value * load<f32>(r0 + k);
    sum1 += value * load<f32>(r1 + k);
  }
  store<f32>(to, sum0);
  store<f32>(to, sum1, 4);
}

/** to = ⟨D, r₀⟩ … ⟨D, r₃⟩ */
function dotFour(to: usize, D: usize, r0: usize, r1: usize, r2: usize, r3: usize, bytes: usize): void {
  let k: usize = 0;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0), t1 = f32x4.splat(0), t2 = f32x4.splat(0), t3 = f32x4.splat(0);
  for (; k + 32 <= bytes; k += 32) {
    const a = v128.load(D + k), b = v128.load(D + k, 16);
    s0 = madd(a, v128.load(r0 + k), s0), t0 = madd(b, v128.load(r0 + k, 16), t0);
    s1 = madd(a, v128.load(r1 + k), s1), t1 = madd(b, v128.load(r1 + k, 16), t1);
    s2 = madd(a, v128.load(r2 + k), s2), t2 = madd(b, v128.load(r2 + k, 16), t2);
    s3 = madd(a, v128.load(r3 + k), s3), t3 = madd(b, v128.load(r3 + k, 16), t3);
  }
  let sum0 = sumLanes(f32x4.add(s0, t0)), sum1 = sumLanes(f32x4.add(s1, t1));
  let sum2 = sumLanes(f32x4.add(s2, t2)), sum3 = sumLanes(f32x4.add(s3, t3));
  for (; k < bytes; k += 4) {
    const value = load<f32>(D + k);
    sum0 += value * load<f32>(r0 + k), sum1 += value * load<f32>(r1 + k);
    sum2 += value * load<f32>(r2 + k), sum3 += value * load<f32>(r3 + k);
  }
  store<f32>(to, sum0);
  store<f32>(to, sum1, 4);
  store<f32>(to, sum2, 8);
  store<f32>(to, sum3, 12);
}
