// sumOverSegment(lane, value): Σ of the values of the 32 threads of a segment: threads 32·n … 32·n + 31 of a
// workgroup of 256. Only the first thread of a segment has the sum. Subgroups may be larger than a segment, so
// its threads exchange their sums; those of smaller subgroups are added through workgroup memory.
//
// Every thread must call it. Lanes must be numbered through the subgroups: ../../subgroups.ts tries it.

var<workgroup> segmentLanes: array<f32, 256>;

fn sumOverSegment(lane: u32, value: f32) -> f32 {
  let size = subgroupAdd(1u);
  var part = value;
  for (var span = 16u; span > 0u; span /= 2u) {
    let other = subgroupShuffleXor(part, span);
    part += select(0.0, other, span < size);
  }
  segmentLanes[lane] = part;
  workgroupBarrier();
  for (var n = size; n < 32u; n += size) {
    if (lane % 32u == 0u) { part += segmentLanes[lane + n]; }
  }
  workgroupBarrier();
  return part;
}
