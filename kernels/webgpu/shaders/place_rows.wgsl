// Moves the codes of row b to their place, from rowOffsets[firstRow + b] on: from the first 2·k elements of row b of [rows, N],
// k indices and then k values. Those from K on are left out, and overflow = 1. One workgroup per row.

const LANES: u32 = 64u;

struct Sizes { rows: u32, groupsX: u32, N: u32, k: u32, firstRow: u32, B: u32, K: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> overflow: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  if (sizes.firstRow + b + 1u == sizes.B && lane == 0u) {
    overflow[0] = select(0u, 1u, rowOffsets[sizes.B] > sizes.K);
  }
  let begin = rowOffsets[sizes.firstRow + b];
  let count = min(rowOffsets[sizes.firstRow + b + 1u], max(begin, sizes.K)) - begin;
  for (var e = lane; e < count; e += LANES) {
    indices[begin + e] = rows[b * sizes.N + e];
    values[begin + e] = rows[b * sizes.N + sizes.k + e];
  }
}
