// g ← g·min(1, maxNorm / (norm + 1e-6)); m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
// θ ← θ − rate·(m / correction₁) / (√(v / correction₂) + ε). Nothing if the norm is not finite.
//
// All but norm [1] and controls [rate, correction₁, correction₂] are f32 [count].
// One thread per element.
// modules: finite

const CLIPS: bool = true;

struct Sizes {
  count: u32, groupsX: u32,
  // 1 − β comes from float64: here it would be off by 2⁻²⁵/(1 − β).
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, maxNorm: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> firstMoment: array<f32>;
@group(0) @binding(4) var<storage, read_write> secondMoment: array<f32>;
@group(0) @binding(5) var<storage, read> norm: array<u32>;
@group(0) @binding(6) var<storage, read> controls: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  if (!isFinite(norm[0])) { return; }
  var g = gradient[e];
  if (CLIPS) { g *= min(1.0, sizes.maxNorm / (bitcast<f32>(norm[0]) + 1e-6)); }
  let m = sizes.beta1 * firstMoment[e] + sizes.rest1 * g;
  let v = sizes.beta2 * secondMoment[e] + sizes.rest2 * g * g;
  firstMoment[e] = m;
  secondMoment[e] = v;
  parameter[e] -= controls[0] * (m / controls[1]) / (sqrt(v / controls[2]) + sizes.epsilon);
}
