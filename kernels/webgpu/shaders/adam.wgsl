// The update of parameters by Adam, with modules/adam_update.wgsl. Nothing if the norm is not finite.
//
// All but norm [1] and controls [3] are f32 [count]. One thread per element.
// modules: adam_update

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
  if (e >= sizes.count || !isFinite(norm[0])) { return; }
  parameter[e] = updated(e, parameter[e]);
}
