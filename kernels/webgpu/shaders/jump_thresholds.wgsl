// θ_i = exp(t_i) or t_i        start_i = θ_i − h/2        all [count]. One thread per latent.

const LOGARITHM: bool = false;

struct Sizes { count: u32, groupsX: u32, half: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> parameter: array<f32>;
@group(0) @binding(2) var<storage, read_write> threshold: array<f32>;
@group(0) @binding(3) var<storage, read_write> windowStart: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  var theta = parameter[e];
  if (LOGARITHM) { theta = exp(theta); }
  threshold[e] = theta;
  windowStart[e] = theta - sizes.half;
}
