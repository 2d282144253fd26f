// sum[at] = scale·Σ values: values [count]. One workgroup.
// modules: sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;

struct Sizes { count: u32, scale: f32, at: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var e = lane; e < sizes.count; e += LANES) { own += values[e]; }
  let all = sumOverLanes(lane, own);
  if (lane == 0u) { sum[sizes.at] = sizes.scale * all; }
}
