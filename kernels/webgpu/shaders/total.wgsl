// sum[0] = scale·Σ values: values [count]. One workgroup.

const LANES: u32 = 256u;

struct Sizes { count: u32, scale: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> sum: array<f32>;

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
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var e = lane; e < sizes.count; e += LANES) { own += values[e]; }
  let all = sumOverLanes(lane, own);
  if (lane == 0u) { sum[0] = sizes.scale * all; }
}
