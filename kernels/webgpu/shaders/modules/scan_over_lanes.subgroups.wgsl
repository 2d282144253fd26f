// scanOverLanes(lane, value): Σ of the whole numbers of the threads up to this one, itself included: within
// its subgroup, and the totals of the subgroups before. Every thread's sum stays in sums until the next call.
//
// Uses LANES, the number of threads, of the shader. Every thread must call it, and a barrier must stand
// between reading sums and the next call. Lanes must be numbered through the subgroups: ../../subgroups.ts
// tries it.

var<workgroup> sums: array<u32, LANES>;
var<workgroup> subgroupTotals: array<u32, LANES>;

fn scanOverLanes(lane: u32, value: u32) -> u32 {
  let size = subgroupAdd(1u);
  var sum = subgroupInclusiveAdd(value);
  if (lane % size == size - 1u) { subgroupTotals[lane / size] = sum; }
  workgroupBarrier();
  for (var n = 0u; n < lane / size; n++) { sum += subgroupTotals[n]; }
  sums[lane] = sum;
  workgroupBarrier();
  return sum;
}
