// bitsFrom(row, i): the bits of elements i, i + LANES, … i + 3·LANES of the N from element `row` on, 0 past the last. Together,
// so that their loads overlap.
//
// Uses LANES, sizes.N and the binding activations of the shader.

fn bitsFrom(row: u32, i: u32) -> vec4<u32> {
  let at = vec4<u32>(i, i + LANES, i + 2u * LANES, i + 3u * LANES);
  let four = vec4<f32>(
    activations[row + at.x], activations[row + at.y], activations[row + at.z], activations[row + at.w],
  );
  return select(vec4<u32>(), bitcast<vec4<u32>>(four), at < vec4<u32>(sizes.N));
}
