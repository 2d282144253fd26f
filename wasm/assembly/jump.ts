// f[b,i] = pre[b,i] where it is above max(θ_i, floor), else 0        floor: 0 where rectified, else −∞
//
// Layout: pre and f [B, N], θ [N].
// Work: items are rows. A NaN stays, so that it is found later.

export function jump(
  from: usize, to: usize, scratch: usize, preActivations: usize, threshold: usize, activations: usize, N: usize, floor: f32,
): void {
  for (let b = from; b < to; b++) {
    let pre = preActivations + 4 * b * N, f = activations + 4 * b * N, theta = threshold;
    const end = pre + 4 * N;
    if (ASC_FEATURE_SIMD) {
      const floor4 = f32x4.splat(floor);
      for (; pre + 16 <= end; pre += 16, f += 16, theta += 16) {
        const value = v128.load(pre);
        v128.store(f, v128.andnot(value, f32x4.le(value, f32x4.max(v128.load(theta), floor4))));
      }
    }
    for (; pre < end; pre += 4, f += 4, theta += 4) {
      const value = load<f32>(pre);
      store<f32>(f, value <= max(load<f32>(theta), floor) ? 0 : value);
    }
  }
}
