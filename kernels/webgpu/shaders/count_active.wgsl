// rowOffsets[firstRow + b + 1] = #{i : f_bi ≠ 0}: f [rows, N]. One workgroup per row.
// modules: count_over_lanes

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read_write> rowOffsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let row = b * sizes.N;
  var counts = vec4<u32>();
  var i = lane;
  // Four at a time, so that their loads overlap.
  for (; i + 3u * LANES < sizes.N; i += 4u * LANES) {
    let f = vec4<f32>(
      activations[row + i], activations[row + i + LANES],
      activations[row + i + 2u * LANES], activations[row + i + 3u * LANES],
    );
    counts += select(vec4<u32>(), vec4<u32>(1u), f != vec4<f32>());
  }
  for (; i < sizes.N; i += LANES) { counts.x += select(0u, 1u, activations[row + i] != 0.0); }
  let count = counts.x + counts.y + counts.z + counts.w;
  let total = countOverLanes(lane, count);
  if (lane == 0u) { rowOffsets[sizes.firstRow + b + 1u] = total; }
}
