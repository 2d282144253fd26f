// scanOverLanes(lane, value): Σ of the whole numbers of the threads up to this one, itself included. Every
// thread's sum stays in sums until the next call: sums[LANES − 1] is the total.
//
// Uses LANES, the number of threads, of the shader. Every thread must call it, and a barrier must stand
// between reading sums and the next call.

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
