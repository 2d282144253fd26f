// Ê_i = n_i E_i        b̂_i = n_i b_i        u_i = D_i / n_i, 0 where n_i = 0
//
// E, D, Ê and u [rows, d]; b, n and b̂ from index first on. One workgroup per row.

const LANES: u32 = 64u;

struct Sizes { rows: u32, groupsX: u32, d: u32, first: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> encoder: array<f32>;
@group(0) @binding(2) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(3) var<storage, read> decoder: array<f32>;
@group(0) @binding(4) var<storage, read> norms: array<f32>;
@group(0) @binding(5) var<storage, read_write> foldedEncoder: array<f32>;
@group(0) @binding(6) var<storage, read_write> foldedEncoderBias: array<f32>;
@group(0) @binding(7) var<storage, read_write> foldedDecoder: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  let norm = norms[sizes.first + i];
  if (lane == 0u) { foldedEncoderBias[sizes.first + i] = norm * encoderBias[sizes.first + i]; }
  for (var k = i * sizes.d + lane; k < (i + 1u) * sizes.d; k += LANES) {
    foldedEncoder[k] = norm * encoder[k];
    var unit = 0.0;
    if (norm > 0.0) { unit = decoder[k] / norm; }
    foldedDecoder[k] = unit;
  }
}
