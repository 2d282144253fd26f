// Keeps the k·B largest activations of the batch and sets the others to 0; ties go to the lower row,
// then the lower latent.
//
// f [rows, N], in place, given the k·B-th largest and the ties of the rows before. One workgroup per row.
// modules: drop_below, first_ties, selection

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> selection: array<Selection>;
@group(0) @binding(2) var<storage, read> tieOffsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> activations: array<f32>;

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
    dropBelow(lane, row, threshold + select(0u, 1u, wanted == 0u));
  } else {
    keepFirstTies(lane, row, threshold, wanted);
  }
}
