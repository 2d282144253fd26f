// x̂_b = c + Σ_{active i < prefix} f_bi D_i, over a slice of the decoder's rows. Unless the slice is
// the first, the sum continues from the reconstruction of the slices before.
//
// Codes by row: rowOffsets [B + 1], indices and values [K]. D [rows, d], x̂ [B, d].
// One workgroup per row; its threads take columns in turn.
// modules: features

const LANES: u32 = 256u;

struct Sizes { B: u32, groupsX: u32, columns: u32, first: u32, end: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> decoder: array<Features>;
@group(0) @binding(5) var<storage, read> decoderBias: array<Features>;
@group(0) @binding(6) var<storage, read_write> reconstruction: array<Features>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.B) { return; }
  let last = rowOffsets[b + 1u];
  // Indices ascend within a row.
  var begin = rowOffsets[b];
  for (; begin < last && indices[begin] < sizes.first; begin++) { }
  for (var k = lane; k < sizes.columns; k += LANES) {
    var sum = decoderBias[k];
    if (sizes.first > 0u) { sum = reconstruction[b * sizes.columns + k]; }
    var e = begin;
    // Four at a time, so that their loads overlap.
    for (; e + 4u <= last && indices[e + 3u] < sizes.end; e += 4u) {
      let i0 = indices[e + 0u] - sizes.first; let f0 = values[e + 0u];
      let i1 = indices[e + 1u] - sizes.first; let f1 = values[e + 1u];
      let i2 = indices[e + 2u] - sizes.first; let f2 = values[e + 2u];
      let i3 = indices[e + 3u] - sizes.first; let f3 = values[e + 3u];
      let d0 = decoder[i0 * sizes.columns + k];
      let d1 = decoder[i1 * sizes.columns + k];
      let d2 = decoder[i2 * sizes.columns + k];
      let d3 = decoder[i3 * sizes.columns + k];
      sum += f0 * d0;
      sum += f1 * d1;
      sum += f2 * d2;
      sum += f3 * d3;
    }
    for (; e < last && indices[e] < sizes.end; e++) {
      sum += values[e] * decoder[(indices[e] - sizes.first) * sizes.columns + k];
    }
    reconstruction[b * sizes.columns + k] = sum;
  }
}
