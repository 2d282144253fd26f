// Keeps the k largest activations of each row and sets the others to 0; ties go to the lower index.
//
// f [rows, N], in place. One workgroup per row, radix selection: the bits of positive floats ascend
// with their values, so four histograms of eight bits each find the k-th largest.

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, k: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> activations: array<f32>;

var<workgroup> histogram: array<atomic<u32>, LANES>;

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
    // Of the ties only the first few stay, so their order counts: 256 at a time.
    var before = 0u;
    for (var first = 0u; first < sizes.N; first += LANES) {
      let i = first + lane;
      var bits = 0u;
      if (i < sizes.N) { bits = bitcast<u32>(activations[row + i]); }
      let tied = select(0u, 1u, bits == threshold);
      let rank = before + scanOverLanes(lane, tied) - tied;
      before += workgroupUniformLoad(&sums[LANES - 1u]);
      let kept = bits < 0x80000000u && (bits > threshold || (bits == threshold && rank < wanted));
      if (i < sizes.N && !kept) { activations[row + i] = 0.0; }
    }
  }
}
