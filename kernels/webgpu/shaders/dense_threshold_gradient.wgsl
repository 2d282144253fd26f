// ∂θ_i from the sums of dense_threshold_sums, chunk after chunk: partials [chunks, N], θ and ∂θ [N].
// One thread per latent.
// modules: window

struct Sizes { count: u32, groupsX: u32, chunks: u32, bandwidth: f32, rows: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> latents: array<Latent>;
@group(0) @binding(3) var<storage, read> threshold: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  var sums = vec2<f32>();
  for (var c = 0u; c < sizes.chunks; c++) { sums += partials[c * sizes.count + e]; }
  gradient[e] = gradientOfThreshold(sums, threshold[e], latents[e], sizes.bandwidth, sizes.rows);
}
