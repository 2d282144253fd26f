// f[b,i] = act(Σ_k x[b,k]·E[i,k] + bias[i])        act: relu | identity | jumprelu (kept where above max(θ_i, 0))
//
// Layout: x [B, d], E [N, d], bias and θ [N], f [B, N].
// Work: items are latents; a thread writes its columns of f, 512 at a time.
import { Selection } from "./codes";
import { productIn } from "./product";

const COLUMNS: usize = 512;

export function encode(
  from: usize, to: usize, scratch: usize,
  input: usize, encoder: usize, encoderBias: usize, threshold: usize, activations: usize,
  B: usize, d: usize, N: usize, activation: i32,
): void {
  const product = productIn(scratch);
  product.floor = activation == Selection.relu ? 0 : -Infinity;
  product.setA(input, d, 1);
  for (let i = from; i < to; i += COLUMNS) {
    const count = min(COLUMNS, to - i);
    product.setB(encoder + 4 * i * d, d, 1);
    product.setAddend(encoderBias + 4 * i, 0);
    product.setC(activations + 4 * i, N);
    product.run(B, count, d);
    if (activation != Selection.jumprelu) continue;
    for (let b: usize = 0; b < B; b++) jump(activations + 4 * (b * N + i), threshold + 4 * i, count);
  }
}

/** Zeroes every value ≤ max(θ, 0); a NaN stays, so that it is found later. */
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
