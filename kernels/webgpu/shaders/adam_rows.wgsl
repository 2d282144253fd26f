// The update of parameters [rows, d] by Adam, with modules/adam_update.wgsl, and the norms of the rows that it leaves, from
// index first on. Without a finite norm of the gradient, only the norms of the rows.
//
// One workgroup per row, whose sum has the order of row_norms.wgsl.
// modules: adam_update, sum_over_lanes

const LANES: u32 = 64u;
alias Summand = f32;

struct Sizes {
  rows: u32, groupsX: u32, d: u32, first: u32,
  // 1 − β comes from float64: here it would be off by 2⁻²⁵/(1 − β).
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, maxNorm: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> firstMoment: array<f32>;
@group(0) @binding(4) var<storage, read_write> secondMoment: array<f32>;
@group(0) @binding(5) var<storage, read> norm: array<u32>;
@group(0) @binding(6) var<storage, read> controls: array<f32>;
@group(0) @binding(7) var<storage, read_write> norms: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  let updates = isFinite(norm[0]);
  var square = 0.0;
  for (var k = lane; k < sizes.d; k += LANES) {
    let e = i * sizes.d + k;
    var value = parameter[e];
    if (updates) {
      value = updated(e, value);
      parameter[e] = value;
    }
    square += value * value;
  }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) { norms[sizes.first + i] = sqrt(sum); }
}
