// Finds the next digit of the kB-th largest in the histogram, and clears the histogram for the digit after.
// With BEGINS, starts the search instead. One workgroup.
// modules: digit, selection

const LANES: u32 = 256u;
const BEGINS: bool = false;

struct Sizes { wanted: u32, shift: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> selection: array<Selection>;
@group(0) @binding(2) var<storage, read_write> histogram: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let count = histogram[lane];
  histogram[lane] = 0u;
  if (BEGINS) {
    if (lane == 0u) { selection[0] = Selection(0u, 0u, sizes.wanted, 0u); }
    return;
  }
  let state = selection[0];
  let digit = digitOf(lane, count, state.wanted);
  if (lane > 0u) { return; }
  if (digit.x == 256u) {
    selection[0].all = 1u;
  } else {
    selection[0] = Selection(
      state.threshold | (digit.x << sizes.shift), state.mask | (255u << sizes.shift), digit.y, state.all,
    );
  }
}
