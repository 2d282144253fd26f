// target_j = target_j + scale·addend: [P, B, d] and [B, d]; count is B·d. One thread per element of the addend.

struct Sizes { count: u32, groupsX: u32, P: u32, scale: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> addend: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  let added = sizes.scale * addend[e];
  for (var j = 0u; j < sizes.P; j++) { sums[j * sizes.count + e] += added; }
}
