// countOverLanes(lane, value): Σ of the whole numbers of a workgroup's threads. Beside sumOverLanes because a
// shader may need both, and because a count may pass 2²⁴, where f32 skips whole numbers.
//
// Uses LANES, the number of threads, of the shader. Every thread must call it.

var<workgroup> laneCounts: array<u32, LANES>;

fn countOverLanes(lane: u32, value: u32) -> u32 {
  laneCounts[lane] = value;
  for (var span = LANES / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane < span) { laneCounts[lane] += laneCounts[lane + span]; }
  }
  workgroupBarrier();
  let count = laneCounts[0];
  workgroupBarrier();
  return count;
}
