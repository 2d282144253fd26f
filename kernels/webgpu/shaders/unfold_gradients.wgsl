// ∂D_i = (∂u_i − ⟨∂u_i, u_i⟩ u_i) / n_i + (⟨∂Ê_i, E_i⟩ + ∂b̂_i b_i) u_i        u_i = D_i / n_i
// ∂E_i = n_i ∂Ê_i        ∂b_i = n_i ∂b̂_i        all in place, and 0 where n_i = 0
//
// E, D and the gradients of both [rows, d]; b, n and ∂b from index first on. One workgroup per row.
// modules: sum_over_lanes

const LANES: u32 = 64u;
alias Summand = vec2<f32>;

struct Sizes { rows: u32, groupsX: u32, d: u32, first: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> encoder: array<f32>;
@group(0) @binding(2) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(3) var<storage, read> decoder: array<f32>;
@group(0) @binding(4) var<storage, read> norms: array<f32>;
@group(0) @binding(5) var<storage, read_write> encoderGradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> encoderBiasGradient: array<f32>;
@group(0) @binding(7) var<storage, read_write> decoderGradient: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  let norm = norms[sizes.first + i];
  var sum = vec2<f32>();
  for (var k = i * sizes.d + lane; k < (i + 1u) * sizes.d; k += LANES) {
    var unit = 0.0;
    if (norm > 0.0) { unit = decoder[k] / norm; }
    sum += vec2<f32>(decoderGradient[k] * unit, encoderGradient[k] * encoder[k]);
  }
  if (lane == 0u) {
    let bias = encoderBiasGradient[sizes.first + i];
    sum.y += bias * encoderBias[sizes.first + i];
    encoderBiasGradient[sizes.first + i] = norm * bias;
  }
  let all = sumOverLanes(lane, sum);
  for (var k = i * sizes.d + lane; k < (i + 1u) * sizes.d; k += LANES) {
    var gradient = 0.0;
    if (norm > 0.0) {
      let unit = decoder[k] / norm;
      gradient = (decoderGradient[k] - all.x * unit) / norm + all.y * unit;
    }
    decoderGradient[k] = gradient;
    encoderGradient[k] *= norm;
  }
}
