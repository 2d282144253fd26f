// x̂_b = c + Σ_{active i < prefix} f_bi D_i, over a slice of the decoder's rows. Unless the slice is
// the first, the sum continues from the reconstruction of the slices before.
//
// Codes by row: rowOffsets [B + 1], indices and values [K]. D [rows, d], x̂ [B, d].
// One workgroup per row; its threads take features in turn.

const LANES: u32 = 256u;

struct Sizes { B: u32, groupsX: u32, d: u32, first: u32, end: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> decoder: array<f32>;
@group(0) @binding(5) var<storage, read> decoderBias: array<f32>;
@group(0) @binding(6) var<storage, read_write> reconstruction: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.B) { return; }
  for (var k = lane; k < sizes.d; k += LANES) {
    var sum = decoderBias[k];
    if (sizes.first > 0u) { sum = reconstruction[b * sizes.d + k]; }
    for (var e = rowOffsets[b]; e < rowOffsets[b + 1u]; e++) {
      let i = indices[e];
      // Indices ascend within a row.
      if (i >= sizes.end) { break; }
      if (i >= sizes.first) { sum += values[e] * decoder[(i - sizes.first) * sizes.d + k]; }
    }
    reconstruction[b * sizes.d + k] = sum;
  }
}
