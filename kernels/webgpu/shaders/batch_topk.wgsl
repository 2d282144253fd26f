// Keeps the k·B largest activations of the batch and sets the others to 0; ties go to the lower row,
// then the lower latent.
//
// f [rows, N], in place; the k·B-th largest and the ties of each row are known. One workgroup per row.

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

// What is known of the kB-th largest.
struct Selection {
  // Its bits so far, and which they are.
  threshold: u32, mask: u32,
  // How many of those that have them are to be kept; 1 if there are too few positives to choose.
  wanted: u32, all: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> selection: array<Selection>;
@group(0) @binding(2) var<storage, read> tieOffsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> activations: array<f32>;

// The inclusive sum over the lanes up to each.
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

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows || selection[0].all > 0u) { return; }
  let row = b * sizes.N;
  let threshold = selection[0].threshold;
  let earlier = min(tieOffsets[sizes.firstRow + b], selection[0].wanted);
  let ties = tieOffsets[sizes.firstRow + b + 1u] - tieOffsets[sizes.firstRow + b];
  let wanted = min(ties, selection[0].wanted - earlier);
  if (wanted == 0u || wanted == ties) {
    for (var i = lane; i < sizes.N; i += LANES) {
      let bits = bitcast<u32>(activations[row + i]);
      let kept = bits > threshold || (bits == threshold && wanted > 0u);
      if (!kept || bits >= 0x80000000u) { activations[row + i] = 0.0; }
    }
  } else {
    // Of the ties only the first few stay, so their order counts: 256 at a time.
    var before = 0u;
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
}
