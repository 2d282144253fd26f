// minima_b = the least positive value of row b, 0 if there is none.
//
// rowOffsets [B + 1], values [K], minima [B]. One workgroup per row.
// modules: least_positive

const LANES: u32 = 64u;

struct Sizes { B: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> minima: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.B) { return; }
  var key = 0u;
  for (var e = rowOffsets[b] + lane; e < rowOffsets[b + 1u]; e += LANES) {
    key = max(key, complementOf(values[e]));
  }
  let least = leastPositive(key);
  if (lane == 0u) { minima[b] = least; }
}
