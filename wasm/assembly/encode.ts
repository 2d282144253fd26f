// f[b,i] = act(Σ_k x[b,k]·E[i,k] + bias[i])        act: relu | identity | jumprelu (kept where above max(θ_i, 0))
//
// Layout: x [B, d], E [N, d], bias and θ [N], f [B, N].
// Work: items are latents; a thread writes its columns of f, 512 at a time.
import { product } from "./product";

const COLUMNS: usize = 512;
const RELU: i32 = 0;
const JUMPRELU: i32 = 2;

export function encode(
  from: usize, to: usize, scratch: usize,
  x: usize, e: usize, bias: usize, threshold: usize, f: usize, B: usize, d: usize, N: usize, activation: i32,
): void {
  const floor: f32 = activation == RELU ? 0 : -Infinity;
  for (let i = from; i < to; i += COLUMNS) {
    const count = min(COLUMNS, to - i);
    product(f + 4 * i, N, x, d, 1, e + 4 * i * d, d, 1, B, count, d, bias + 4 * i, 0, floor, scratch);
    if (activation != JUMPRELU) continue;
    for (let b: usize = 0; b < B; b++) jump(f + 4 * (b * N + i), threshold + 4 * i, count);
  }
}

/** Sets to 0 what is ≤ max(θ, 0); a NaN stays, to be found later. */
function jump(f: usize, threshold: usize, count: usize): void {
  const end = f + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const zero = f32x4.splat(0);
    for (; f + 16 <= end; f += 16, threshold += 16) {
      const pre = v128.load(f);
      v128.store(f, v128.andnot(pre, f32x4.le(pre, f32x4.max(v128.load(threshold), zero))));
    }
  }
  for (; f < end; f += 4, threshold += 4) {
    if (load<f32>(f) <= max(load<f32>(threshold), 0)) store<f32>(f, 0);
  }
}
