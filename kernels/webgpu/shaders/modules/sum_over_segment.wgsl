// sumOverSegment(lane, value): Σ of the values of the 32 threads of a segment: threads 32·n … 32·n + 31 of a
// workgroup of 256. Only the first thread of a segment has the sum. By halves, in a fixed order.
//
// Every thread must call it.

var<workgroup> segmentLanes: array<f32, 256>;

fn sumOverSegment(lane: u32, value: f32) -> f32 {
  segmentLanes[lane] = value;
  for (var span = 16u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane % 32u < span) { segmentLanes[lane] += segmentLanes[lane + span]; }
  }
  let sum = segmentLanes[lane];
  workgroupBarrier();
  return sum;
}
