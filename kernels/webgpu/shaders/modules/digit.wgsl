// digitOf(lane, count, wanted): the digit at which the count from the largest digit down reaches `wanted`, given
// the count of digit 255 − lane in each of 256 threads. Returns (digit, how many of it are wanted, how many
// there are), or (256, 0, 0) if there are too few.
//
// Uses LANES of the shader, which must be 256. Every thread must call it.
// modules: scan_over_lanes

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
