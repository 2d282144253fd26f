// sumOfFour(local, value): Σ of the values of the four threads that share a column, in a workgroup of 64
// columns × 4. All four have the sum.
//
// Uses Summand, f32 or vec2<f32>, of the shader. Every thread must call it, once. There is no variant by
// subgroups: the four threads are 64 apart, in different subgroups, and meet at one barrier already.

var<workgroup> columnLanes: array<Summand, 256>;

fn sumOfFour(local: vec3<u32>, value: Summand) -> Summand {
  let column = local.x;
  columnLanes[64u * local.y + column] = value;
  workgroupBarrier();
  return (columnLanes[column] + columnLanes[64u + column]) +
    (columnLanes[128u + column] + columnLanes[192u + column]);
}
