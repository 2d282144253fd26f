// edges_b = the k-th largest positive bound of row b, rounded down to 16 bits: at least k bounds reach it. 0 if fewer than k
// are positive.
//
// f [rows, N]: bounds of a part of the rows; edges [B], as bits. One workgroup per row.
// modules: kth_largest

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, k: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read_write> edges: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let found = kthLargest(lane, b * sizes.N, sizes.k);
  if (lane == 0u) { edges[sizes.firstRow + b] = found.x; }
}
