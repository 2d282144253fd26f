// updated(e, value): the value of parameter e after a step of Adam, whose moments it updates:
// g ← g·min(1, maxNorm / (norm + 1e-6)); m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
// θ ← θ − rate·(m / correction₁) / (√(v / correction₂) + ε).
//
// Uses of the shader: beta1, rest1, beta2, rest2, epsilon and maxNorm of its sizes, and its bindings gradient,
// firstMoment, secondMoment, norm [1] and controls [rate, correction₁, correction₂].
// modules: finite

const CLIPS: bool = true;

fn updated(e: u32, value: f32) -> f32 {
  var g = gradient[e];
  if (CLIPS) { g *= min(1.0, sizes.maxNorm / (bitcast<f32>(norm[0]) + 1e-6)); }
  let m = sizes.beta1 * firstMoment[e] + sizes.rest1 * g;
  let v = sizes.beta2 * secondMoment[e] + sizes.rest2 * g * g;
  firstMoment[e] = m;
  secondMoment[e] = v;
  return value - controls[0] * (m / controls[1]) / (sqrt(v / controls[2]) + sizes.epsilon);
}
