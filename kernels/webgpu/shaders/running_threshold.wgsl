// low = the least positive minimum, or with MEAN the mean of the positive minima
// sum ← sum + rate·(low − sum)        weight ← weight + rate·(1 − weight)
//
// START "first" begins with sum = low, weight = 1; "zero" has weight = 1 from the first step on. Nothing changes if
// no minimum is positive, or rate is 0. minima [B], rate [1], running [sum, weight]. One workgroup.
// modules: least_positive, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = vec2<f32>;
const MEAN: bool = false;
// By START_CODES of ../codes.ts: 0 corrected, 1 first, 2 zero.
const START: u32 = 0u;

struct Sizes { B: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> minima: array<f32>;
@group(0) @binding(2) var<storage, read> rate: array<f32>;
@group(0) @binding(3) var<storage, read_write> running: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var key = 0u;
  var sum = vec2<f32>();
  for (var b = lane; b < sizes.B; b += LANES) {
    let value = minima[b];
    key = max(key, complementOf(value));
    if (value > 0.0) { sum += vec2<f32>(value, 1.0); }
  }
  var low = leastPositive(key);
  if (MEAN) {
    let all = sumOverLanes(lane, sum);
    low = all.x / max(all.y, 1.0);
  }
  if (lane > 0u || low <= 0.0 || rate[0] == 0.0) { return; }
  let before = running[0];
  let weight = running[1];
  if (START == 1u && weight == 0.0) {
    running[0] = low;
  } else {
    // Not times 1 − rate: its rounding would be the same at every step, and shift the mean.
    running[0] = fma(rate[0], low - before, before);
  }
  running[1] = select(1.0, fma(rate[0], 1.0 - weight, weight), START == 0u);
}
