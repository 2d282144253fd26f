// Of each dead latent, with what pre_activation_rows has found: its loss, and
// ∂b_i −= (μ/B) n_i·rows        ∂θ_i += (μ/B) n_i·rows, times θ_i        ∂D_i += (μ/B)(Σ_b (θ_i − pre_bi)) D_i / n_i
//
// missing and losses [N], by the place in the list; D and ∂D [latents, d], ∂b and ∂θ [N]. One workgroup per place.
// modules: dead_latent

const LANES: u32 = 64u;
// Whether ∂θ is the gradient of log θ.
const LOGARITHM: bool = false;

struct Sizes { groups: u32, groupsX: u32, latents: u32, firstLatent: u32, d: u32, share: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> deadLatents: array<DeadLatent>;
@group(0) @binding(2) var<storage, read> missing: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> decoder: array<f32>;
@group(0) @binding(4) var<storage, read_write> decoderGradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> encoderBiasGradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> thresholdGradient: array<f32>;
@group(0) @binding(7) var<storage, read_write> losses: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let dead = deadLatents[g];
  if (dead.latent < sizes.firstLatent || dead.latent >= sizes.firstLatent + sizes.latents) { return; }
  let missed = sizes.share * missing[g].x;
  if (lane == 0u) {
    losses[g] = missed * dead.norm;
    let pushed = sizes.share * dead.norm * missing[g].y;
    encoderBiasGradient[dead.latent] -= pushed;
    thresholdGradient[dead.latent] += select(pushed, dead.threshold * pushed, LOGARITHM);
  }
  let own = (dead.latent - sizes.firstLatent) * sizes.d;
  for (var k = own + lane; k < own + sizes.d; k += LANES) {
    decoderGradient[k] += missed / dead.norm * decoder[k];
  }
}
