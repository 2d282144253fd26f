// The sums of latent_sums from codes by latent: silent rows add φ(0) each, active ones are visited.
//
// latentOffsets [N + 1], latentValues [K], the others [N]. One workgroup per latent.
// modules: penalty, sum_over_lanes

const LANES: u32 = 64u;
alias Summand = vec2<f32>;

struct Sizes { N: u32, groupsX: u32, rows: u32, epsilon: f32, offset: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentValues: array<f32>;
@group(0) @binding(3) var<storage, read> norms: array<f32>;
@group(0) @binding(4) var<storage, read_write> penalties: array<f32>;
@group(0) @binding(5) var<storage, read_write> counts: array<u32>;
@group(0) @binding(6) var<storage, read_write> squares: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.N) { return; }
  let begin = latentOffsets[i];
  let end = latentOffsets[i + 1u];
  let weight = penaltyWeight(norms[i]);
  var sum = vec2<f32>();
  for (var e = begin + lane; e < end; e += LANES) {
    let f = latentValues[e];
    sum += vec2<f32>(penaltyValue(abs(f) * weight, sizes.epsilon, sizes.offset), f * f);
  }
  let all = sumOverLanes(lane, sum);
  if (lane == 0u) {
    let silent = f32(sizes.rows - (end - begin));
    penalties[i] = all.x + silent * penaltyValue(0.0, sizes.epsilon, sizes.offset);
    squares[i] = all.y;
    counts[i] = end - begin;
  }
}
