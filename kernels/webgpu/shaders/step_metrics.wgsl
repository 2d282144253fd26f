// L = Σ_j w_j SE_j + λ Σ_j v_j S_j + Σ terms; ring[slot] = [L, λ, –, –, SE_j…, S_j…, –…, terms…]: P numbers of
// SE and of S. ring [S, C]. One workgroup: its threads copy, the first sums. step_metrics_rest fills the
// gaps: one shader would need eleven buffers, and some adapters bind only eight.

struct Sizes { P: u32, C: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> squaredErrors: array<f32>;
@group(0) @binding(2) var<storage, read> sparsity: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> penaltyWeights: array<f32>;
@group(0) @binding(5) var<storage, read> coefficient: array<f32>;
@group(0) @binding(6) var<storage, read> terms: array<f32>;
@group(0) @binding(7) var<storage, read> slot: array<u32>;
@group(0) @binding(8) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let row = slot[0] * sizes.C;
  for (var j = lane; j < sizes.P; j += 64u) {
    ring[row + 4u + j] = squaredErrors[j];
    ring[row + 4u + sizes.P + j] = sparsity[j];
  }
  if (lane < 4u) { ring[row + 4u + 3u * sizes.P + lane] = terms[lane]; }
  if (lane > 0u) { return; }
  var loss = 0.0;
  for (var j = 0u; j < sizes.P; j++) {
    loss += weights[j] * squaredErrors[j] + penaltyWeights[j] * coefficient[0] * sparsity[j];
  }
  for (var n = 0u; n < 4u; n++) { loss += terms[n]; }
  ring[row] = loss;
  ring[row + 1u] = coefficient[0];
}
