// keepFirstTies(lane, row, threshold, wanted): of N activations from element `row` on keeps those above the
// threshold, given as bits, and the first `wanted` of those that equal it; the others become 0.
//
// Uses LANES, sizes.N and the binding activations of the shader. Every thread must call it.
// modules: scan_over_lanes

fn keepFirstTies(lane: u32, row: u32, threshold: u32, wanted: u32) {
  var before = 0u;
  // The order of the ties counts, so the row is taken LANES elements at a time.
  for (var first = 0u; first < sizes.N; first += LANES) {
    let i = first + lane;
    var bits = 0u;
    if (i < sizes.N) { bits = bitcast<u32>(activations[row + i]); }
    let tied = select(0u, 1u, bits == threshold);
    let rank = before + scanOverLanes(lane, tied) - tied;
    before += workgroupUniformLoad(&sums[LANES - 1u]);
    let kept = bits < 0x80000000u && (bits > threshold || (bits == threshold && rank < wanted));
    if (i < sizes.N && !kept) { activations[row + i] = 0.0; }
  }
}
