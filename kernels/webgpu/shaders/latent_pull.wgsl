// The description of each latent, with pull_i = Ω_m(i) (Σ_b φ′(|f_bi| n_i) |f_bi|) / n_i, 0 where n_i = 0.
//
// f [rows, N], p and w [P], λ [1], n [N]. Parts of the batch add up: those after the first have ADDS. A workgroup takes
// 64 latents; four threads share one.
// modules: latent, described_latent, penalty, sum_of_four

alias Summand = f32;
const ADDS: bool = false;

struct Sizes { rows: u32, N: u32, epsilon: f32, P: u32, B: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> bounds: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> coefficient: array<f32>;
@group(0) @binding(5) var<storage, read> norms: array<f32>;
@group(0) @binding(6) var<storage, read_write> latents: array<Latent>;

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let i = group.x * 64u + local.x;
  var sum = 0.0;
  if (i < sizes.N) {
    let norm = norms[i];
    var b = local.y;
    // Four at a time, so that their loads overlap.
    for (; b + 12u < sizes.rows; b += 16u) {
      let at = b * sizes.N + i;
      let f0 = abs(activations[at]);
      let f1 = abs(activations[at + 4u * sizes.N]);
      let f2 = abs(activations[at + 8u * sizes.N]);
      let f3 = abs(activations[at + 12u * sizes.N]);
      sum += penaltySlope(f0 * norm, sizes.epsilon) * f0;
      sum += penaltySlope(f1 * norm, sizes.epsilon) * f1;
      sum += penaltySlope(f2 * norm, sizes.epsilon) * f2;
      sum += penaltySlope(f3 * norm, sizes.epsilon) * f3;
    }
    for (; b < sizes.rows; b += 4u) {
      let f = abs(activations[b * sizes.N + i]);
      sum += penaltySlope(f * norm, sizes.epsilon) * f;
    }
  }
  let total = sumOfFour(local, sum);
  if (local.y > 0u || i >= sizes.N) { return; }
  var latent = describedLatent(i);
  if (ADDS) { latent.pull = latents[i].pull; }
  if (latent.norm > 0.0) { latent.pull += latent.omega * total / latent.norm; }
  latents[i] = latent;
}
