// Keeps the k largest activations of each row and sets the others to 0; ties go to the lower index.
//
// f [rows, N], in place. One workgroup per row.
// modules: drop_below, first_ties, kth_largest

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, k: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> activations: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let row = b * sizes.N;
  let found = kthLargest(lane, row, sizes.k);
  let threshold = found.x; let wanted = found.y;
  // Fewer than k are positive: all of them stay.
  if (threshold == 0u) { return; }
  if (found.z == wanted) {
    dropBelow(lane, row, threshold);
  } else {
    keepFirstTies(lane, row, threshold, wanted);
  }
}
