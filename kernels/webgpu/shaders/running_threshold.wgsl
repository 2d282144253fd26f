// low = the least positive minimum, or with MEAN the mean of the positive minima
// sum ← (1 − rate)·sum + rate·low        weight ← (1 − rate)·weight + rate
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

// (1 − rate)·before + rate·value. The rounding of 1 − rate would be the same at every step and shift the mean, but
// above ½ there is none.
fn mixed(before: f32, value: f32) -> f32 {
  if (rate[0] > 0.5) { return fma(rate[0], value, (1.0 - rate[0]) * before); }
  return fma(rate[0], value - before, before);
}

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
  let weight = running[1];
  if (START == 1u && weight == 0.0) { running[0] = low; } else { running[0] = mixed(running[0], low); }
  if (START == 0u) { running[1] = mixed(weight, 1.0); } else { running[1] = 1.0; }
}
