// Of each dead latent i, over the rows with pre_bi < θ_i: Σ_b (θ_i − pre_bi) and their number, and
// ∂E_i −= (μ/B) n_i Σ_b x_b. pre_bi = ⟨x_b, E_i⟩ + b_i.
//
// x [B, d], E and ∂E [latents, d]; missing [N], by the place in the list. One workgroup per place: 256 rows at a time,
// 32 threads for each of eight rows; then a thread for each column adds the rows that are below.
// modules: dead_latent, features, sum_over_segment

struct Sizes {
  groups: u32, groupsX: u32, B: u32, latents: u32, firstLatent: u32, columns: u32, share: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> deadLatents: array<DeadLatent>;
@group(0) @binding(4) var<storage, read_write> gradient: array<Features>;
@group(0) @binding(5) var<storage, read_write> missing: array<vec2<f32>>;

var<workgroup> below: array<u32, 256>;
var<workgroup> parts: array<vec2<f32>, 8>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let dead = deadLatents[g];
  // NOBODY is past the end of every slice.
  if (dead.latent < sizes.firstLatent || dead.latent >= sizes.firstLatent + sizes.latents) { return; }
  let lane = local.y * 32u + local.x;
  let own = (dead.latent - sizes.firstLatent) * sizes.columns;
  var sum = vec2<f32>();
  for (var first = 0u; first < sizes.B; first += 256u) {
    for (var n0 = 0u; n0 < 256u; n0 += 8u) {
      let n = n0 + local.y;
      let b = first + n;
      var product = 0.0;
      if (b < sizes.B) {
        for (var k = local.x; k < sizes.columns; k += 32u) {
          product += dotOf(input[b * sizes.columns + k], encoder[own + k]);
        }
      }
      let pre = sumOverSegment(lane, product) + dead.bias;
      if (local.x == 0u) {
        let isBelow = b < sizes.B && pre < dead.threshold;
        if (isBelow) { sum += vec2<f32>(dead.threshold - pre, 1.0); }
        below[n] = select(0u, 1u, isBelow);
      }
    }
    workgroupBarrier();
    let rows = min(sizes.B - first, 256u);
    for (var k = lane; k < sizes.columns; k += 256u) {
      var inputs = Features();
      for (var n = 0u; n < rows; n++) {
        if (below[n] != 0u) { inputs += input[(first + n) * sizes.columns + k]; }
      }
      gradient[own + k] -= sizes.share * dead.norm * inputs;
    }
    workgroupBarrier();
  }
  if (local.x == 0u) { parts[local.y] = sum; }
  workgroupBarrier();
  if (lane > 0u) { return; }
  var all = vec2<f32>();
  for (var n = 0u; n < 8u; n++) { all += parts[n]; }
  missing[g] = all;
}
