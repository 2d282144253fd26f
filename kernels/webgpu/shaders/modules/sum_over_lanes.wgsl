// sumOverLanes(lane, value): Σ of the values of a workgroup's threads. By halves, in a fixed order: the same
// bits every time.
//
// Uses LANES, the number of threads, and Summand, f32 or vec2<f32>, of the shader. Every thread must call it.

var<workgroup> lanes: array<Summand, LANES>;

fn sumOverLanes(lane: u32, value: Summand) -> Summand {
  lanes[lane] = value;
  for (var span = LANES / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane < span) { lanes[lane] += lanes[lane + span]; }
  }
  workgroupBarrier();
  let sum = lanes[0];
  workgroupBarrier();
  return sum;
}
