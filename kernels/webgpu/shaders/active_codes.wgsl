// The entries (i, pre) of row b with jumped(pre, θ_i) ≠ 0, in their order, from activeOffsets[b] on.
//
// rowOffsets and activeOffsets [rows + 1], indices and values [K] before and after. One workgroup per row: 64
// entries at a time, whose places one scan finds.
// modules: jumped, scan_over_lanes

const LANES: u32 = 64u;

struct Sizes { rows: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read> activeOffsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> activeIndices: array<u32>;
@group(0) @binding(7) var<storage, read_write> activeValues: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let end = rowOffsets[b + 1u];
  var place = activeOffsets[b];
  for (var first = rowOffsets[b]; first < end; first += LANES) {
    let e = first + lane;
    var i = 0u;
    var f = 0.0;
    if (e < end) {
      i = indices[e];
      f = jumped(values[e], threshold[i]);
    }
    let kept = select(0u, 1u, f != 0.0);
    let entry = place + scanOverLanes(lane, kept) - kept;
    place += sums[LANES - 1u];
    if (kept > 0u) {
      activeIndices[entry] = i;
      activeValues[entry] = f;
    }
    workgroupBarrier();
  }
}
