// norm = √(Σ partials), NaN if one of them is not finite. partials [count], norm [1]. One workgroup.

const LANES: u32 = 256u;

struct Sizes { count: u32, notANumber: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partials: array<u32>;
@group(0) @binding(2) var<storage, read_write> norm: array<u32>;

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
var<workgroup> broken: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  var bad = false;
  for (var e = lane; e < sizes.count; e += LANES) {
    bad = bad || (partials[e] & 0x7f800000u) == 0x7f800000u;
    own += bitcast<f32>(partials[e]);
  }
  if (bad) { atomicStore(&broken, 1u); }
  let sum = sumOverLanes(lane, own);
  if (lane == 0u) {
    norm[0] = select(bitcast<u32>(sqrt(sum)), sizes.notANumber, atomicLoad(&broken) > 0u);
  }
}
