// Takes the next digit of the kB-th largest from the histogram, and clears it for the digit after;
// or begins the search. One workgroup.

const LANES: u32 = 256u;
const BEGINS: bool = false;

struct Sizes { wanted: u32, shift: u32 }

// What is known of the kB-th largest.
struct Selection {
  // Its bits so far, and which they are.
  threshold: u32, mask: u32,
  // How many of those that have them are to be kept; 1 if there are too few positives to choose.
  wanted: u32, all: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> selection: array<Selection>;
@group(0) @binding(2) var<storage, read_write> histogram: array<u32>;

// The inclusive sum over the lanes up to each.
var<workgroup> sums: array<u32, LANES>;
fn scanOverLanes(lane: u32, value: u32) -> u32 {
  sums[lane] = value;
  for (var span = 1u; span < LANES; span *= 2u) {
    workgroupBarrier();
    var before = 0u;
    if (lane >= span) { before = sums[lane - span]; }
    workgroupBarrier();
    sums[lane] += before;
  }
  workgroupBarrier();
  return sums[lane];
}

// The digit at which the count from the largest digit down reaches `wanted`: (digit, how many of it
// are wanted, how many there are), or none, (256, 0, 0), if there are too few.
var<workgroup> found: vec3<u32>;
fn digitOf(lane: u32, count: u32, wanted: u32) -> vec3<u32> {
  if (lane == 0u) { found = vec3<u32>(256u, 0u, 0u); }
  // Lane 0 counts the largest digit.
  let least = scanOverLanes(lane, count);
  if (least >= wanted && least - count < wanted) {
    found = vec3<u32>(255u - lane, wanted - (least - count), count);
  }
  return workgroupUniformLoad(&found);
}

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
