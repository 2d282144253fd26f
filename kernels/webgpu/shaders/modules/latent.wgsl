// What a latent's gradients need besides its rows; latents.wgsl computes it.

struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n, which is 0 until it is known.
  norm: f32, pull: f32,
}
