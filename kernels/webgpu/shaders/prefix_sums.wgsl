// sparsity_j = (1/rows) Σ_{i < p_j} penalties_i        l0_j = (1/rows) Σ_{i < p_j} counts_i
//
// penalties, counts [N]; bounds, sparsity, l0 [P].
// One workgroup per prefix, from the start each time: that costs P·N reads, which are few.
// modules: count_over_lanes, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;

struct Sizes { P: u32, groupsX: u32, rows: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> penalties: array<f32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read> bounds: array<u32>;
@group(0) @binding(4) var<storage, read_write> sparsity: array<f32>;
@group(0) @binding(5) var<storage, read_write> l0: array<f32>;

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
  let number = countOverLanes(lane, count);
  if (lane == 0u) {
    sparsity[j] = sum / sizes.rows;
    l0[j] = f32(number) / sizes.rows;
  }
}
