// ∂b_i = Σ ∂f over the entries of latent i        pull_i = Ω_m(i) (Σ φ′(|f| n_i) |f|) / n_i
//
// Codes by latent: latentOffsets [N + 1], latentValues [K], gradients [K]; ∂b [N].
// One workgroup per latent.

const LANES: u32 = 64u;

struct Sizes { N: u32, groupsX: u32, epsilon: f32 }

// What a latent's gradients need besides its rows.
struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n once it is known.
  norm: f32, pull: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentValues: array<f32>;
@group(0) @binding(3) var<storage, read> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> latents: array<Latent>;
@group(0) @binding(5) var<storage, read_write> encoderBiasGradient: array<f32>;

// 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

fn penaltySlope(a: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + sizes.epsilon);
}

var<workgroup> lanes: array<vec2<f32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.N) { return; }
  let norm = latents[i].norm;
  var sum = vec2<f32>();
  for (var e = latentOffsets[i] + lane; e < latentOffsets[i + 1u]; e += LANES) {
    let f = abs(latentValues[e]);
    sum += vec2<f32>(gradients[e], penaltySlope(f * norm) * f);
  }
  lanes[lane] = sum;
  for (var span = LANES / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (lane < span) { lanes[lane] += lanes[lane + span]; }
  }
  if (lane > 0u) { return; }
  encoderBiasGradient[i] = lanes[0].x;
  if (norm > 0.0) { latents[i].pull = latents[i].omega * lanes[0].y / norm; }
}
