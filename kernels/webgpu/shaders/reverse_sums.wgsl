// Residuals e become G, in place: G_m = scale·Σ_{j ≥ m} w_j e_j. [P, B, d]; count is B·d.
// One thread per row and feature; it goes from the last prefix to the first.

struct Sizes { count: u32, groupsX: u32, P: u32, scale: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> residuals: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  var sum = 0.0;
  for (var j = sizes.P; j > 0u; j--) {
    let at = (j - 1u) * sizes.count + e;
    sum += sizes.scale * weights[j - 1u] * residuals[at];
    residuals[at] = sum;
  }
}
