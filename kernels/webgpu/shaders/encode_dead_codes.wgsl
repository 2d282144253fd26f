// Row b's codes, from rowOffsets[firstRow + b] on: the dead latents whose keys are above the chosen one, and the first
// of those that equal it, ascending, with the values that their keys stand for.
//
// keys [rows, N], of which deadCount columns are used; chosen [rows]; indices, values [K]. One workgroup per row.
// modules: ordered_key, scan_over_lanes

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> dead: array<u32>;
@group(0) @binding(3) var<storage, read> deadCount: array<u32>;
@group(0) @binding(4) var<storage, read> chosen: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> indices: array<u32>;
@group(0) @binding(7) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let threshold = chosen[b].x;
  let wanted = chosen[b].y;
  var place = rowOffsets[sizes.firstRow + b];
  var ties = 0u;
  // The order counts, so the row is taken LANES keys at a time.
  for (var first = 0u; first < deadCount[0]; first += LANES) {
    let n = first + lane;
    var key = 0u;
    if (n < deadCount[0]) { key = keys[b * sizes.N + n]; }
    // Two counts in one scan: keys above in the lower half, ties in the upper.
    let own = select(0u, 1u, key > threshold) + select(0u, 0x10000u, key == threshold);
    let before = scanOverLanes(lane, own) - own;
    let all = workgroupUniformLoad(&sums[LANES - 1u]);
    let tiesBefore = ties + (before >> 16u);
    if (key > threshold || (key == threshold && tiesBefore < wanted)) {
      let entry = place + (before & 0xffffu) + min(tiesBefore, wanted);
      indices[entry] = dead[n];
      values[entry] = floatOf(key);
    }
    place += all & 0xffffu;
    ties += all >> 16u;
  }
}
