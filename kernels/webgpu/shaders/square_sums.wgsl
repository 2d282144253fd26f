// partials[first + g] = Σ of the squares of the elements that workgroup g takes, NaN if one of them
// is not finite.
//
// values f32 [count]. Workgroup g takes 4096·g … 4096·g + 4095.
// modules: finite, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;
const EACH: u32 = 16u;

struct Sizes { count: u32, groupsX: u32, first: u32, groups: u32, notANumber: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<u32>;

var<workgroup> broken: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  var square = 0.0;
  var bad = false;
  for (var n = 0u; n < EACH; n++) {
    let e = (g * EACH + n) * LANES + lane;
    if (e < sizes.count) {
      let bits = values[e];
      bad = bad || !isFinite(bits);
      let value = bitcast<f32>(bits);
      square += value * value;
    }
  }
  if (bad) { atomicStore(&broken, 1u); }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) {
    partials[g + sizes.first] = select(bitcast<u32>(sum), sizes.notANumber, atomicLoad(&broken) > 0u);
  }
}
