// dropBelow(lane, row, least): sets to 0, of N activations from element `row` on, those below `least`, given as the bits of a
// positive float, and those that are negative. What is 0 is not written.
//
// Uses LANES, sizes.N and the binding activations of the shader.
// modules: row_bits

fn dropBelow(lane: u32, row: u32, least: u32) {
  for (var i = lane; i < sizes.N; i += 4u * LANES) {
    let four = bitsFrom(row, i);
    let isDropped = (four > vec4<u32>()) & ((four < vec4<u32>(least)) | (four >= vec4<u32>(0x80000000u)));
    if (isDropped.x) { activations[row + i] = 0.0; }
    if (isDropped.y) { activations[row + i + LANES] = 0.0; }
    if (isDropped.z) { activations[row + i + 2u * LANES] = 0.0; }
    if (isDropped.w) { activations[row + i + 3u * LANES] = 0.0; }
  }
}
