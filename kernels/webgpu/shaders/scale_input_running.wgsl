// running ← decay·running + (1 − decay)·mean_b norms_b        scale = √d·correction / running, or 1
//
// norms [B]; correction, running, scale [1]. One workgroup.
// modules: sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;

struct Sizes { B: u32, d: f32, decay: f32, rest: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> correction: array<f32>;
@group(0) @binding(3) var<storage, read_write> running: array<f32>;
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var norm = 0.0;
  for (var b = lane; b < sizes.B; b += LANES) { norm += norms[b]; }
  let mean = sumOverLanes(lane, norm) / f32(sizes.B);
  if (lane > 0u) { return; }
  let r = sizes.decay * running[0] + sizes.rest * mean;
  running[0] = r;
  if (r > 0.0) { scale[0] = sqrt(sizes.d) * correction[0] / r; } else { scale[0] = 1.0; }
}
