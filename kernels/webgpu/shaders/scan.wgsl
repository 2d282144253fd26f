// Counts become offsets, in place: offsets[first + n] ← offsets[first] + Σ of the counts that stand
// at first + 1 … first + n, for n = 1 … count. offsets[0] ← 0. If SHIFTED, the count at first + n itself is left out.
//
// One workgroup; each thread takes a run of elements.
// modules: scan_over_lanes

const LANES: u32 = 256u;
const SHIFTED: bool = false;

struct Sizes { first: u32, count: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  if (lane == 0u && sizes.first == 0u) { offsets[0] = 0u; }
  let run = (sizes.count + LANES - 1u) / LANES;
  let begin = sizes.first + 1u + min(lane * run, sizes.count);
  let end = sizes.first + 1u + min((lane + 1u) * run, sizes.count);
  var own = 0u;
  for (var e = begin; e < end; e++) { own += offsets[e]; }
  var sum = scanOverLanes(lane, own) - own;
  if (sizes.first > 0u) { sum += offsets[sizes.first]; }
  for (var e = begin; e < end; e++) {
    let before = sum;
    sum += offsets[e];
    offsets[e] = select(sum, before, SHIFTED);
  }
}
