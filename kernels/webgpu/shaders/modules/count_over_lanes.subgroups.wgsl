// countOverLanes(lane, value): Σ of the whole numbers of a workgroup's threads: of each subgroup, then of the
// subgroups' counts.
//
// Uses LANES, the number of threads, of the shader. Every thread must call it. Lanes must be numbered through
// the subgroups: ../../subgroups.ts tries it.

var<workgroup> laneCounts: array<u32, LANES>;

fn countOverLanes(lane: u32, value: u32) -> u32 {
  let size = subgroupAdd(1u);
  let part = subgroupAdd(value);
  if (lane % size == 0u) { laneCounts[lane / size] = part; }
  workgroupBarrier();
  var count = 0u;
  for (var n = 0u; n < LANES / size; n++) { count += laneCounts[n]; }
  workgroupBarrier();
  return count;
}
