// activeOffsets[b + 1] = the number of entries of row b that stay active: see active_codes. One workgroup per row.
// modules: count_over_lanes, jumped

const LANES: u32 = 64u;

struct Sizes { rows: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read_write> activeOffsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  var count = 0u;
  for (var e = rowOffsets[b] + lane; e < rowOffsets[b + 1u]; e += LANES) {
    count += select(0u, 1u, jumped(values[e], threshold[indices[e]]) != 0.0);
  }
  let total = countOverLanes(lane, count);
  if (lane == 0u) { activeOffsets[b + 1u] = total; }
}
