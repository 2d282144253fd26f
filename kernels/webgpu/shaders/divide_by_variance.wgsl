// scaled_j = w_j / V, 0 where V = 0: w and scaled [count], V [1]. One thread per prefix.

struct Sizes { count: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> totalVariance: array<f32>;
@group(0) @binding(3) var<storage, read_write> scaled: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  let variance = totalVariance[0];
  var value = 0.0;
  if (variance > 0.0) { value = weights[e] / variance; }
  scaled[e] = value;
}
