// countDigits(four, shift, mask, threshold): counts in histogram[255 − digit] the digits at `shift` of those of four floats,
// given as bits, that are positive and whose bits under the mask are the threshold's.
//
// What is counted of the four is decided before any is: else a compiler loads each where it is counted, one after the other.

var<workgroup> histogram: array<atomic<u32>, 256>;

fn countDigits(four: vec4<u32>, shift: u32, mask: u32, threshold: u32) {
  let isPositive = (four > vec4<u32>()) & (four < vec4<u32>(0x80000000u));
  let counts = isPositive & ((four & vec4<u32>(mask)) == vec4<u32>(threshold));
  if (!any(counts)) { return; }
  let at = 255u - ((four >> vec4<u32>(shift)) & vec4<u32>(255u));
  if (counts.x) { atomicAdd(&histogram[at.x], 1u); }
  if (counts.y) { atomicAdd(&histogram[at.y], 1u); }
  if (counts.z) { atomicAdd(&histogram[at.z], 1u); }
  if (counts.w) { atomicAdd(&histogram[at.w], 1u); }
}
