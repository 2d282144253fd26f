// tieOffsets[firstRow + b + 1] = the number of activations of row b that equal the kB-th largest: f [rows, N]. One workgroup per row.
// modules: count_over_lanes, row_bits, selection

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
  let threshold = selection[0].threshold;
  var counts = vec4<u32>();
  for (var i = lane; i < sizes.N; i += 4u * LANES) {
    counts += select(vec4<u32>(), vec4<u32>(1u), bitsFrom(b * sizes.N, i) == vec4<u32>(threshold));
  }
  let total = countOverLanes(lane, counts.x + counts.y + counts.z + counts.w);
  if (lane == 0u) { tieOffsets[sizes.firstRow + b + 1u] = total; }
}
