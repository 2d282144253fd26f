// f_bi = pre_bi if it is above the threshold of modules/jumped.wgsl, else 0: pre and f [count / N, N], θ [N].
// One thread per element.
// modules: jumped

struct Sizes { count: u32, groupsX: u32, N: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> preActivations: array<f32>;
@group(0) @binding(2) var<storage, read> threshold: array<f32>;
@group(0) @binding(3) var<storage, read_write> activations: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  activations[e] = jumped(preActivations[e], threshold[e % sizes.N]);
}
