// z_i = D_i / (‖D_i‖ + ε), or D_i itself        ∂D_i ← ∂D_i − ⟨∂D_i, z_i⟩ z_i
//
// D and ∂D [rows, d]. One workgroup per row.
// modules: sum_over_lanes

const LANES: u32 = 64u;
alias Summand = vec2<f32>;
// Whether rows are taken as they are.
const ASSUME_UNIT: bool = false;

struct Sizes { rows: u32, groupsX: u32, d: u32, epsilon: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> decoder: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  var sum = vec2<f32>();
  for (var k = lane; k < sizes.d; k += LANES) {
    let value = decoder[i * sizes.d + k];
    sum += value * vec2<f32>(value, gradient[i * sizes.d + k]);
  }
  let all = sumOverLanes(lane, sum);
  var norm = 1.0;
  if (!ASSUME_UNIT) { norm = sqrt(all.x) + sizes.epsilon; }
  if (norm == 0.0) { return; }
  // Not all.y / norm²: the square of a small norm may underflow.
  let along = all.y / norm;
  for (var k = lane; k < sizes.d; k += LANES) {
    gradient[i * sizes.d + k] -= along * (decoder[i * sizes.d + k] / norm);
  }
}
