// The description of each latent for its gradients: p and w [P], λ [1], n [N]. One thread per latent.
// modules: latent, described_latent

struct Sizes { count: u32, groupsX: u32, P: u32, B: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bounds: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> coefficient: array<f32>;
@group(0) @binding(4) var<storage, read> norms: array<f32>;
@group(0) @binding(5) var<storage, read_write> latents: array<Latent>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (i < sizes.count) { latents[i] = describedLatent(i); }
}
