// g_b = ⟨G_b, D_i⟩ + Ω φ′(|f_b| n_i) sign(f_b) n_i      ∂E_i = Σ_b g_b x_b      ∂b_i = Σ_b g_b
// ∂D_i = Σ_b f_b G_b + (Ω Σ_b φ′(|f_b| n_i) |f_b| / n_i) D_i                     over the rows b where latent i is active, in order
//
// Layout: codes by latent; G [P, B, d], of which latent i reads its block's slab; x [B, d]; D, ∂D and ∂E [N, d]; n [N], or 0 where every weight is 1 and
// D has no gradient from the penalty.
// Work: threads take ranges of latents. A latent is computed by one thread, so no two threads add to one float. Latents have very uneven
// numbers of rows, so the plan asks for small pieces.
//
// A visit takes four rows: their dot products load D_i once, and ∂D_i and ∂E_i are stored once for all four; the first visit starts both
// instead of loading them. What remains is the gather of G and x, four streams of each.
import { penaltyWeight } from "./blocks";
import { combineFour, combineTwo, dotFour, dotTwo } from "./listed_rows";
import { penaltySlope, weightOf } from "./penalty";
import { dot, scaled } from "./rows";
import { madd } from "./simd";

export function sparseLatentGradientsScratchBytes(): usize {
  return 16;
}

export function sparseLatentGradients(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, reverseSums: usize, input: usize, decoder: usize, norms: usize,
  bounds: usize, weights: usize, coefficient: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize,
  B: usize, d: usize, P: usize, kind: i32, epsilon: f32,
): void {
  let block: usize = 0, bound: usize = 0, omega: f32 = 0;
  const bytes: usize = 4 * d;
  for (let i = from; i < to; i++) {
    if (i >= bound) {
      while (i >= <usize>load<u32>(bounds + 4 * block)) block++;
      bound = <usize>load<u32>(bounds + 4 * block);
      omega = penaltyWeight(coefficient, weights, block, B, P);
    }
    const first = <usize>load<u32>(latentOffsets + 4 * i), last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    const dE = encoderGradient + i * bytes, dD = decoderGradient + i * bytes, D = decoder + i * bytes;
    if (first == last) {
      memory.fill(dE, 0, bytes);
      memory.fill(dD, 0, bytes);
      store<f32>(encoderBiasGradient + 4 * i, 0);
      continue;
    }
    const norm = weightOf(norms, i);
    let slopes: f64 = 0;
    for (let e = first; e < last; e++) {
      const size = Mathf.abs(load<f32>(latentValues + 4 * e));
      slopes += <f64>(penaltySlope(kind, epsilon, size * norm) * size);
    }
    const pull = norms && norm > 0 ? <f32>(<f64>omega * slopes / <f64>norm) : 0;
    const pulling = omega * norm;
    let bias: f32 = 0;
    const G = reverseSums + block * B * bytes;
    for (let e = first; e < last;) {
      const left = last - e, rows = latentRows + 4 * e, f = latentValues + 4 * e;
      if (!ASC_FEATURE_SIMD || left == 1) {
        const row = <usize>load<u32>(rows) * bytes, f0 = load<f32>(f);
        if (e == first) scaled(dD, D, pull, d), memory.fill(dE, 0, bytes);
        const g0 = dot(G + row, D, d) + penalised(kind, epsilon, f0, norm, pulling);
        bias += g0;
        updateOne(dD, dE, G + row, input + row, f0, g0, bytes);
        e++;
        continue;
      }
      // The first visit starts ∂D from pull·D and ∂E from 0·D, the others continue from ∂D and ∂E.
      const startD = e == first ? D : dD, startE = e == first ? D : dE;
      const scaleD: f32 = e == first ? pull : 1, scaleE: f32 = e == first ? 0 : 1;
      const visited: usize = left < 4 ? 2 : 4;
      if (visited == 2) dotTwo(scratch, D, G, rows, bytes);
      else dotFour(scratch, D, G, rows, bytes);
      for (let n: usize = 0; n < 4 * visited; n += 4) {
        const g = load<f32>(scratch + n) + penalised(kind, epsilon, load<f32>(f + n), norm, pulling);
        store<f32>(scratch + n, g);
        bias += g;
      }
      // One output at a time: eight streams and their sums would not fit V8's registers.
      if (visited == 2) {
        combineTwo(dD, startD, scaleD, G, rows, f, bytes);
        combineTwo(dE, startE, scaleE, input, rows, scratch, bytes);
      } else {
        combineFour(dD, startD, scaleD, G, rows, f, bytes);
        combineFour(dE, startE, scaleE, input, rows, scratch, bytes);
      }
      e += visited;
    }
    store<f32>(encoderBiasGradient + 4 * i, bias);
  }
}

/** Returns Ω φ′(|f| n) sign(f) n, given `pulling` = Ω·n. */
// @ts-ignore: decorator
@inline
function penalised(kind: i32, epsilon: f32, f: f32, norm: f32, pulling: f32): f32 {
  const slope = penaltySlope(kind, epsilon, Mathf.abs(f) * norm) * pulling;
  return f > 0 ? slope : f < 0 ? -slope : 0;
}

/** Computes ∂D += f·G and ∂E += g·x. */
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
