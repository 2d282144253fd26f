// partials[first + g] = Σ of the squares of the elements that workgroup g takes, NaN if one of them
// is not finite.
//
// Up to four arrays, a to d. Workgroups take 4096 elements each: first those of a, then those of b, and so on; the last
// of an array may have fewer.
// modules: finite, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;
const EACH: u32 = 16u;

struct Sizes {
  groupsX: u32, first: u32, groups: u32, notANumber: u32, countA: u32, countB: u32, countC: u32, countD: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> c: array<u32>;
@group(0) @binding(4) var<storage, read> d: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<u32>;

var<workgroup> broken: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let counts = vec4<u32>(sizes.countA, sizes.countB, sizes.countC, sizes.countD);
  var chosen = 0u;
  var own = g;
  for (; chosen < 3u; chosen++) {
    let groups = (counts[chosen] + EACH * LANES - 1u) / (EACH * LANES);
    if (own < groups) { break; }
    own -= groups;
  }
  let count = counts[chosen];
  // All loads of an array without a branch between them, so that they overlap.
  let start = own * EACH * LANES + lane;
  var bits: array<u32, EACH>;
  switch (chosen) {
    case 0u: { for (var n = 0u; n < EACH; n++) { bits[n] = a[min(start + n * LANES, count - 1u)]; } }
    case 1u: { for (var n = 0u; n < EACH; n++) { bits[n] = b[min(start + n * LANES, count - 1u)]; } }
    case 2u: { for (var n = 0u; n < EACH; n++) { bits[n] = c[min(start + n * LANES, count - 1u)]; } }
    default: { for (var n = 0u; n < EACH; n++) { bits[n] = d[min(start + n * LANES, count - 1u)]; } }
  }
  var square = 0.0;
  var bad = false;
  for (var n = 0u; n < EACH; n++) {
    if (start + n * LANES < count) {
      bad = bad || !isFinite(bits[n]);
      let value = bitcast<f32>(bits[n]);
      square += value * value;
    }
  }
  if (bad) { atomicStore(&broken, 1u); }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) {
    partials[g + sizes.first] = select(bitcast<u32>(sum), sizes.notANumber, atomicLoad(&broken) > 0u);
  }
}
