// n_i = ‖D_i‖₂: D [rows, d], norms from index first on. One workgroup per row.

const LANES: u32 = 64u;

struct Sizes { rows: u32, groupsX: u32, d: u32, first: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> decoder: array<f32>;
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;

// The sum over the workgroup, by halves: a fixed order, so the same bits every time.
var<workgroup> lanes: array<f32, LANES>;
fn sumOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  for (var span = LANES / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane < span) { lanes[lane] += lanes[lane + span]; }
  }
  workgroupBarrier();
  let sum = lanes[0];
  workgroupBarrier();
  return sum;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  var square = 0.0;
  for (var k = lane; k < sizes.d; k += LANES) {
    let value = decoder[i * sizes.d + k];
    square += value * value;
  }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) { norms[sizes.first + i] = sqrt(sum); }
}
