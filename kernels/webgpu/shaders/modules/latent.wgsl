// The description of a latent for its gradients; latents.wgsl computes it.

struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n, which is 0 until latent_pull.wgsl or latent_scalars.wgsl computes it.
  norm: f32, pull: f32,
}
