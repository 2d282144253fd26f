// The dead latents with what the loss needs of each, and 0 for the loss of each: dead [count], deadCount [1], b, n and
// θ [count]. One thread per place in the list.
// modules: dead_latent

struct Sizes { count: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> dead: array<u32>;
@group(0) @binding(2) var<storage, read> deadCount: array<u32>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> norms: array<f32>;
@group(0) @binding(5) var<storage, read> threshold: array<f32>;
@group(0) @binding(6) var<storage, read_write> deadLatents: array<DeadLatent>;
@group(0) @binding(7) var<storage, read_write> losses: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  losses[e] = 0.0;
  var found = DeadLatent(NOBODY, 0.0, 0.0, 0.0);
  if (e < deadCount[0]) {
    let i = dead[e];
    if (norms[i] > 0.0) { found = DeadLatent(i, encoderBias[i], threshold[i], norms[i]); }
  }
  deadLatents[e] = found;
}
