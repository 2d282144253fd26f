// Keeps the k largest activations of each row and sets the others to 0; ties go to the lower index.
//
// f [rows, N], in place. One workgroup per row, radix selection: the bits of positive floats ascend
// with their values, so four histograms of eight bits each find the k-th largest.
// modules: digit, first_ties

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, k: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> activations: array<f32>;

var<workgroup> histogram: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let row = b * sizes.N;
  var threshold = 0u;
  var mask = 0u;
  var wanted = sizes.k;
  var ties = 0u;
  for (var shift = 32u; shift > 0u;) {
    shift -= 8u;
    atomicStore(&histogram[lane], 0u);
    workgroupBarrier();
    for (var i = lane; i < sizes.N; i += LANES) {
      let bits = bitcast<u32>(activations[row + i]);
      if (bits > 0u && bits < 0x80000000u && (bits & mask) == threshold) {
        atomicAdd(&histogram[255u - ((bits >> shift) & 255u)], 1u);
      }
    }
    workgroupBarrier();
    let digit = digitOf(lane, atomicLoad(&histogram[lane]), wanted);
    // Fewer than k are positive: all of them stay.
    if (digit.x == 256u) { return; }
    threshold |= digit.x << shift;
    mask |= 255u << shift;
    wanted = digit.y;
    ties = digit.z;
    workgroupBarrier();
  }
  if (ties == wanted) {
    for (var i = lane; i < sizes.N; i += LANES) {
      let bits = bitcast<u32>(activations[row + i]);
      if (bits < threshold || bits >= 0x80000000u) { activations[row + i] = 0.0; }
    }
  } else {
    keepFirstTies(lane, row, threshold, wanted);
  }
}
