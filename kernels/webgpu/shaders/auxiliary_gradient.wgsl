// y ← 2·factor·(y + e)        partials_g = Σ (y + e)² over the elements that workgroup g takes, with y from before
//
// y and e [B, d]; count is B·d. Workgroup g takes elements 4096·g … 4096·g + 4095.
// modules: auxiliary_factor, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;
const EACH: u32 = 16u;

struct Sizes { count: u32, groupsX: u32, groups: u32, B: u32, scale: f32, full: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> deadCount: array<u32>;
@group(0) @binding(4) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(5) var<storage, read_write> reconstruction: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let factor = auxiliaryFactor();
  var square = 0.0;
  for (var n = 0u; n < EACH; n++) {
    let e = (g * EACH + n) * LANES + lane;
    if (e < sizes.count) {
      let error = reconstruction[e] + residual[e];
      square += error * error;
      // Even an error that is not finite has no gradient where the loss does not apply.
      if (factor == 0.0) { reconstruction[e] = 0.0; } else { reconstruction[e] = 2.0 * factor * error; }
    }
  }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) { partials[g] = sum; }
}
