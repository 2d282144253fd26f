// minima_b = the least positive activation of row b, 0 if there is none.
//
// f [rows, N], minima [B]. One workgroup per row.
// modules: least_positive

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read_write> minima: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  var key = 0u;
  for (var i = lane; i < sizes.N; i += LANES) {
    key = max(key, complementOf(activations[b * sizes.N + i]));
  }
  let least = leastPositive(key);
  if (lane == 0u) { minima[sizes.firstRow + b] = least; }
}
