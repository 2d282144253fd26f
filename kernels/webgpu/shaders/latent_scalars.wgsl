// ∂b_i = Σ ∂f over the entries of latent i        pull_i = Ω_m(i) (Σ φ′(|f| n_i) |f|) / n_i, 0 where UNWEIGHTED
// With ADDS, ∂b_i is added to what was there.
//
// Codes by latent: latentOffsets [N + 1], latentValues [K], gradients [K]; ∂b [N].
// One workgroup per latent.
// modules: latent, penalty, sum_over_lanes

const LANES: u32 = 64u;
alias Summand = vec2<f32>;
const ADDS: bool = false;

struct Sizes { N: u32, groupsX: u32, epsilon: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentValues: array<f32>;
@group(0) @binding(3) var<storage, read> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> latents: array<Latent>;
@group(0) @binding(5) var<storage, read_write> encoderBiasGradient: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.N) { return; }
  let norm = latents[i].norm;
  let weight = penaltyWeight(norm);
  var sum = vec2<f32>();
  for (var e = latentOffsets[i] + lane; e < latentOffsets[i + 1u]; e += LANES) {
    let f = abs(latentValues[e]);
    sum += vec2<f32>(gradients[e], penaltySlope(f * weight, sizes.epsilon) * f);
  }
  let all = sumOverLanes(lane, sum);
  if (lane > 0u) { return; }
  if (ADDS) { encoderBiasGradient[i] += all.x; } else { encoderBiasGradient[i] = all.x; }
  if (norm > 0.0 && !UNWEIGHTED) { latents[i].pull = latents[i].omega * all.y / norm; }
}
