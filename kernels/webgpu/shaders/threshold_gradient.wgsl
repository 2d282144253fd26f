// ∂θ_i from the pre-activations of latent i that are kept: see modules/window.wgsl.
//
// Codes by latent: latentOffsets [N + 1], latentRows and latentValues [K]. G [P, B, d], D [latents, d]; θ and ∂θ [N].
// One workgroup per latent: eight entries at a time, 32 threads each.
// modules: features, sum_over_lanes, window

const LANES: u32 = 256u;
alias Summand = vec2<f32>;

struct Sizes {
  groups: u32, groupsX: u32, B: u32, firstLatent: u32, columns: u32,
  epsilon: f32, bandwidth: f32, rows: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentRows: array<u32>;
@group(0) @binding(3) var<storage, read> latentValues: array<f32>;
@group(0) @binding(4) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(5) var<storage, read> decoder: array<Features>;
@group(0) @binding(6) var<storage, read> latents: array<Latent>;
@group(0) @binding(7) var<storage, read> threshold: array<f32>;
@group(0) @binding(8) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let i = sizes.firstLatent + g;
  let latent = latents[i];
  let theta = threshold[i];
  let own = g * sizes.columns;
  var sum = vec2<f32>();
  for (var e = latentOffsets[i] + local.y; e < latentOffsets[i + 1u]; e += 8u) {
    let pre = latentValues[e];
    if (local.x == 0u) { sum += windowTerm(pre, theta, latent, sizes.bandwidth, sizes.epsilon); }
    if (!isNear(pre, theta, sizes.bandwidth)) { continue; }
    let row = (latent.block * sizes.B + latentRows[e]) * sizes.columns;
    var k = local.x;
    // Four at a time, so that their loads overlap.
    for (; k + 96u < sizes.columns; k += 128u) {
      let g0 = reverseSums[row + k]; let d0 = decoder[own + k];
      let g1 = reverseSums[row + k + 32u]; let d1 = decoder[own + k + 32u];
      let g2 = reverseSums[row + k + 64u]; let d2 = decoder[own + k + 64u];
      let g3 = reverseSums[row + k + 96u]; let d3 = decoder[own + k + 96u];
      sum.x += dotOf(g0, d0);
      sum.x += dotOf(g1, d1);
      sum.x += dotOf(g2, d2);
      sum.x += dotOf(g3, d3);
    }
    for (; k < sizes.columns; k += 32u) { sum.x += dotOf(reverseSums[row + k], decoder[own + k]); }
  }
  let lane = local.y * 32u + local.x;
  let all = sumOverLanes(lane, sum);
  if (lane == 0u) { gradient[i] = gradientOfThreshold(all, theta, latent, sizes.bandwidth, sizes.rows); }
}
