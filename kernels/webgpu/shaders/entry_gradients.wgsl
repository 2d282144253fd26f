// ∂f of every entry (i, b): ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f| n_i) sign(f) n_i
//
// Codes by latent: latentOffsets [N + 1], latentRows and latentValues [K]. G [P, B, d],
// D [latents, d], gradients [K]. A workgroup takes a run of one latent's entries, eight at a time, 32
// threads each.
// modules: features, latent, penalty, entry_runs, sum_over_segment

struct Sizes {
  groups: u32, groupsX: u32, B: u32, N: u32, latents: u32, firstLatent: u32, columns: u32, epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentRows: array<u32>;
@group(0) @binding(3) var<storage, read> latentValues: array<f32>;
@group(0) @binding(4) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(5) var<storage, read> decoder: array<Features>;
@group(0) @binding(6) var<storage, read> latents: array<Latent>;
@group(0) @binding(7) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let run = runOf(g);
  let latent = latents[run.x];
  let lane = local.y * 32u + local.x;
  for (var first = run.y; first < run.z; first += 8u) {
    let e = first + local.y;
    var sum = 0.0;
    if (e < run.z) {
      let row = (latent.block * sizes.B + latentRows[e]) * sizes.columns;
      let own = (run.x - sizes.firstLatent) * sizes.columns;
      var k = local.x;
      // Four at a time, so that their loads overlap.
      for (; k + 96u < sizes.columns; k += 128u) {
        let g0 = reverseSums[row + k]; let d0 = decoder[own + k];
        let g1 = reverseSums[row + k + 32u]; let d1 = decoder[own + k + 32u];
        let g2 = reverseSums[row + k + 64u]; let d2 = decoder[own + k + 64u];
        let g3 = reverseSums[row + k + 96u]; let d3 = decoder[own + k + 96u];
        sum += dotOf(g0, d0);
        sum += dotOf(g1, d1);
        sum += dotOf(g2, d2);
        sum += dotOf(g3, d3);
      }
      for (; k < sizes.columns; k += 32u) {
        sum += dotOf(reverseSums[row + k], decoder[own + k]);
      }
    }
    let all = sumOverSegment(lane, sum);
    if (local.x == 0u && e < run.z) {
      let f = latentValues[e];
      let weight = penaltyWeight(latent.norm);
      let slope = penaltySlope(abs(f) * weight, sizes.epsilon);
      gradients[e] = all + latent.omega * slope * sign(f) * weight;
    }
  }
}
