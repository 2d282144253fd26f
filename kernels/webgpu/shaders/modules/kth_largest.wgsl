// kthLargest(lane, row, k): the k-th largest positive element of N from element `row` on, as bits, but for its last SHIFT
// bits, which are 0; how many equal it that belong to the k largest; and how many do in all. (0, 0, 0) if fewer than k are positive.
//
// Radix selection: the bits of positive floats ascend with their values, so a histogram of eight bits at a time finds
// them. Uses LANES, 256, sizes.N and the binding activations of the shader. Every thread must call it.
// modules: digit, digit_counts, row_bits

const SHIFT: u32 = 0u;

fn kthLargest(lane: u32, row: u32, k: u32) -> vec3<u32> {
  var threshold = 0u;
  var mask = 0u;
  var wanted = k;
  var ties = 0u;
  for (var shift = 32u; shift > SHIFT;) {
    shift -= 8u;
    atomicStore(&histogram[lane], 0u);
    workgroupBarrier();
    for (var i = lane; i < sizes.N; i += 4u * LANES) { countDigits(bitsFrom(row, i), shift, mask, threshold); }
    workgroupBarrier();
    let digit = digitOf(lane, atomicLoad(&histogram[lane]), wanted);
    if (digit.x == 256u) { return vec3<u32>(); }
    threshold |= digit.x << shift;
    mask |= 255u << shift;
    wanted = digit.y;
    ties = digit.z;
    workgroupBarrier();
  }
  return vec3<u32>(threshold, wanted, ties);
}
