// e = (G_level − G_level+1) / (scale·w_level), with G_P = 0; 0 where w_level is 0.
//
// G [P, B, d], w [P], e [B, d]; count is B·d. One thread per element.

struct Sizes { count: u32, groupsX: u32, P: u32, level: u32, scale: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> reverseSums: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> residual: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  let weight = weights[sizes.level];
  if (weight == 0.0) {
    residual[e] = 0.0;
    return;
  }
  var own = reverseSums[sizes.level * sizes.count + e];
  if (sizes.level + 1u < sizes.P) { own -= reverseSums[(sizes.level + 1u) * sizes.count + e]; }
  residual[e] = own / (sizes.scale * weight);
}
