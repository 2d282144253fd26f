// pull_i = Ω_m(i) (Σ_b φ′(|f_bi| n_i) |f_bi|) / n_i, 0 where n_i = 0.
//
// f [rows, N]; parts of the batch add up. A workgroup takes 64 latents; four threads share one.

struct Sizes { rows: u32, N: u32, epsilon: f32 }

// What a latent's gradients need besides its rows.
struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n once it is known.
  norm: f32, pull: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read_write> latents: array<Latent>;

// 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

fn penaltySlope(a: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + sizes.epsilon);
}

var<workgroup> lanes: array<f32, 256>;

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let i = group.x * 64u + local.x;
  var sum = 0.0;
  if (i < sizes.N) {
    let norm = latents[i].norm;
    for (var b = local.y; b < sizes.rows; b += 4u) {
      let f = abs(activations[b * sizes.N + i]);
      sum += penaltySlope(f * norm) * f;
    }
  }
  let lane = local.y * 64u + local.x;
  lanes[lane] = sum;
  workgroupBarrier();
  if (local.y > 0u || i >= sizes.N) { return; }
  let total = (lanes[lane] + lanes[lane + 64u]) + (lanes[lane + 128u] + lanes[lane + 192u]);
  if (latents[i].norm > 0.0) { latents[i].pull += latents[i].omega * total / latents[i].norm; }
}
