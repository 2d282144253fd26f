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

// Four indices from entry e on. Those past the last entry are not used.
fn four(e: u32) -> vec4<u32> { return vec4<u32>(indices[e], indices[e + 1u], indices[e + 2u], indices[e + 3u]); }

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.B) { return; }
  let last = rowOffsets[b + 1u];
  let end = sizes.end;
  // Indices ascend within a row.
  var begin = rowOffsets[b];
  for (; begin < last && indices[begin] < sizes.first; begin++) { }
  for (var k = lane; k < sizes.columns; k += LANES) {
    var sum = decoderBias[k];
    if (sizes.first > 0u) { sum = reconstruction[b * sizes.columns + k]; }
    var e = begin;
    // Four at a time, so that their loads overlap. The next indices are under way meanwhile.
    var i = four(e);
    while (e + 4u <= last && i.w < end) {
      let at = (i - sizes.first) * sizes.columns + k;
      let d0 = decoder[at.x]; let d1 = decoder[at.y]; let d2 = decoder[at.z]; let d3 = decoder[at.w];
      let f = vec4<f32>(values[e], values[e + 1u], values[e + 2u], values[e + 3u]);
      e += 4u;
      i = four(e);
      sum += f.x * d0;
      sum += f.y * d1;
      sum += f.z * d2;
      sum += f.w * d3;
    }
    for (; e < last && indices[e] < end; e++) {
      sum += values[e] * decoder[(indices[e] - sizes.first) * sizes.columns + k];
    }
    reconstruction[b * sizes.columns + k] = sum;
  }
}
