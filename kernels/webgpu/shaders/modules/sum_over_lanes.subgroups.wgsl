// sumOverLanes(lane, value): Σ of the values of a workgroup's threads: of each subgroup, then of the
// subgroups' sums. Two barriers instead of one per halving.
//
// Uses LANES, the number of threads, and Summand, f32 or vec2<f32>, of the shader. Every thread must call it.
// Lanes must be numbered through the subgroups: WGSL does not promise that, so ../../subgroups.ts tries it.

var<workgroup> lanes: array<Summand, LANES>;

fn sumOverLanes(lane: u32, value: Summand) -> Summand {
  let size = subgroupAdd(1u);
  let part = subgroupAdd(value);
  if (lane % size == 0u) { lanes[lane / size] = part; }
  workgroupBarrier();
  var sum = Summand();
  for (var n = 0u; n < LANES / size; n++) { sum += lanes[n]; }
  workgroupBarrier();
  return sum;
}
