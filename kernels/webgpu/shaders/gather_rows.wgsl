// destination_i = source_{order_i} for the rows of a slice of each: [N, d].
// One thread per element of the destination; rows outside the source's slice are skipped.

struct Sizes { count: u32, groupsX: u32, d: u32, firstRow: u32, firstSource: u32, sourceRows: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> destination: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  let i = e / sizes.d;
  // A row before the first wraps, and is then past the last.
  let row = order[sizes.firstRow + i] - sizes.firstSource;
  if (row < sizes.sourceRows) { destination[e] = source[row * sizes.d + e % sizes.d]; }
}
