// terms_3 = s e²        λ = 2 s e / l*        e = (Σ_i counts_i − goal) / goal, goal = rows·l*
//
// counts and θ [N], s and λ [1], terms [4]. One workgroup. Where SILENT_BELOW_ZERO, a latent with θ < 0 counts as
// active in all rows.
// modules: count_over_lanes

const LANES: u32 = 256u;
const SILENT_BELOW_ZERO: bool = false;

struct Sizes { N: u32, rows: u32, goal: f32, targetL0: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> threshold: array<f32>;
@group(0) @binding(3) var<storage, read> strength: array<f32>;
@group(0) @binding(4) var<storage, read_write> coefficient: array<f32>;
@group(0) @binding(5) var<storage, read_write> terms: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var count = 0u;
  for (var i = lane; i < sizes.N; i += LANES) {
    if (SILENT_BELOW_ZERO && threshold[i] < 0.0) { count += sizes.rows; } else { count += counts[i]; }
  }
  // In two halves, since the whole may pass 2³²; each half is exact as f32.
  let low = f32(countOverLanes(lane, count & 0xffffu));
  let high = f32(countOverLanes(lane, count >> 16u));
  if (lane > 0u) { return; }
  // Exact near the goal, where l0/l* − 1 would keep the rounding of a quotient near 1.
  let excess = (fma(high, 65536.0, low) - sizes.goal) / sizes.goal;
  coefficient[0] = 2.0 * strength[0] * excess / sizes.targetL0;
  terms[3] = strength[0] * excess * excess;
}
