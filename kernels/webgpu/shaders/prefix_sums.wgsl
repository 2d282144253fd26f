// sparsity_j = (1/rows) Σ_{i < p_j} penalties_i        l0_j = (1/rows) Σ_{i < p_j} counts_i
//
// penalties, counts [N]; bounds, sparsity, l0 [P].
// One workgroup per prefix, from the start each time: that costs P·N reads, which are few.

const LANES: u32 = 256u;

struct Sizes { P: u32, groupsX: u32, rows: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> penalties: array<f32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read> bounds: array<u32>;
@group(0) @binding(4) var<storage, read_write> sparsity: array<f32>;
@group(0) @binding(5) var<storage, read_write> l0: array<f32>;

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

var<workgroup> wholeLanes: array<u32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let j = group.y * sizes.groupsX + group.x;
  if (j >= sizes.P) { return; }
  var penalty = 0.0;
  var count = 0u;
  for (var i = lane; i < bounds[j]; i += LANES) {
    penalty += penalties[i];
    count += counts[i];
  }
  let sum = sumOverLanes(lane, penalty);
  // Whole numbers: their sum may pass 2²⁴.
  wholeLanes[lane] = count;
  for (var span = LANES / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane < span) { wholeLanes[lane] += wholeLanes[lane + span]; }
  }
  if (lane == 0u) {
    sparsity[j] = sum / sizes.rows;
    l0[j] = f32(wholeLanes[0]) / sizes.rows;
  }
}
