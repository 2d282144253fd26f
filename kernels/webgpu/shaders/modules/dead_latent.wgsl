// A dead latent whose pre-activations are pulled up; pre_activation_latents.wgsl collects them.

struct DeadLatent {
  // NOBODY past the last, or where n = 0.
  latent: u32,
  bias: f32, threshold: f32, norm: f32,
}

const NOBODY: u32 = 0xffffffffu;
