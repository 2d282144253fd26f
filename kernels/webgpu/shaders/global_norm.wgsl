// norm = √(Σ partials), NaN if one of them is not finite. partials [count], norm [1]. One workgroup.
// modules: finite, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;

struct Sizes { count: u32, notANumber: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partials: array<u32>;
@group(0) @binding(2) var<storage, read_write> norm: array<u32>;

var<workgroup> broken: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  var bad = false;
  for (var e = lane; e < sizes.count; e += LANES) {
    bad = bad || !isFinite(partials[e]);
    own += bitcast<f32>(partials[e]);
  }
  if (bad) { atomicStore(&broken, 1u); }
  let sum = sumOverLanes(lane, own);
  if (lane == 0u) {
    norm[0] = select(bitcast<u32>(sqrt(sum)), sizes.notANumber, atomicLoad(&broken) > 0u);
  }
}
