// g ← g·clip   m ← β₁m + (1 − β₁)g   v ← β₂v + (1 − β₂)g²   θ ← θ − (rate/correction₁)·m / (√(v·(1/correction₂)) + ε)
//
// Layout: θ, g, m, v are [M]; controls are [rate, correction₁, correction₂]. clip = min(1, maxNorm/(norm + 10⁻⁶)).
// Work: threads take ranges of elements. One pass moves 28 bytes an element, so memory bounds it and hides the division and the root.
import { madd } from "./simd";

export function adam(
  from: usize,
  to: usize,
  scratch: usize,
  parameter: usize,
  gradient: usize,
  firstMoment: usize,
  secondMoment: usize,
  norm: usize,
  controls: usize,
  beta1: f32,
  rest1: f32, // 1 − β₁, rounded from float64
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  maxNorm: f32,
): void {
  const size = load<f32>(norm);
  if (!isFinite(size)) return;
  const clip = min(<f32>1, <f32>(<f64>maxNorm / (<f64>size + 1e-6)));
  const rate = load<f32>(controls) / load<f32>(controls, 4);
  const inverse2 = <f32>1 / load<f32>(controls, 8);
  const end = parameter + 4 * to;
  parameter += 4 * from, gradient += 4 * from, firstMoment += 4 * from, secondMoment += 4 * from;
  if (ASC_FEATURE_SIMD) {
    const clips = f32x4.splat(clip), rates = f32x4.splat(rate), inverses = f32x4.splat(inverse2);
    const betas1 = f32x4.splat(beta1), rests1 = f32x4.splat(rest1);
    const betas2 = f32x4.splat(beta2), rests2 = f32x4.splat(rest2), epsilons = f32x4.splat(epsilon);
    for (; parameter + 16 <= end; parameter += 16, gradient += 16, firstMoment += 16, secondMoment += 16) {
      const g = f32x4.mul(v128.load(gradient), clips);
      const m = madd(v128.load(firstMoment), betas1, f32x4.mul(g, rests1));
      const v = madd(v128.load(secondMoment), betas2, f32x4.mul(f32x4.mul(g, g), rests2));
      v128.store(firstMoment, m);
      v128.store(secondMoment, v);
      const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, inverses)), epsilons);
      v128.store(parameter, f32x4.sub(v128.load(parameter), f32x4.div(f32x4.mul(m, rates), root)));
    }
  }
  // Pieces start at multiples of four (the grain of the plan), so that where the vectors end does not depend on how elements are divided.
  for (; parameter < end; parameter += 4, gradient += 4, firstMoment += 4, secondMoment += 4) {
    const g = load<f32>(gradient) * clip;
    const m = load<f32>(firstMoment) * beta1 + g * rest1;
    const v = load<f32>(secondMoment) * beta2 + g * g * rest2;
    store<f32>(firstMoment, m);
    store<f32>(secondMoment, v);
    store<f32>(parameter, load<f32>(parameter) - m * rate / (Mathf.sqrt(v * inverse2) + epsilon));
  }
}
