// residuals_last,b = c − x_b, with which the sum over a row's latents begins: c [d], x [B, d],
// residuals [P, B, d]; count is B·d. One thread per row and feature.

struct Sizes { count: u32, groupsX: u32, d: u32, P: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> decoderBias: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read_write> residuals: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  residuals[(sizes.P - 1u) * sizes.count + e] = decoderBias[e % sizes.d] - input[e];
}
