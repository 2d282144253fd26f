// tieOffsets[firstRow + b + 1] = the number of activations of row b that equal the kB-th largest: f [rows, N]. One workgroup per row.
// modules: count_over_lanes, selection

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> selection: array<Selection>;
@group(0) @binding(3) var<storage, read_write> tieOffsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  var count = 0u;
  for (var i = lane; i < sizes.N; i += LANES) {
    let bits = bitcast<u32>(activations[b * sizes.N + i]);
    count += select(0u, 1u, bits == selection[0].threshold);
  }
  let total = countOverLanes(lane, count);
  if (lane == 0u) { tieOffsets[sizes.firstRow + b + 1u] = total; }
}
