// D_i ← D_i / ‖D_i‖, a row of zeros stays; n_i = the norm of the new row, as row_norms computes it.
//
// D [rows, d], norms from index first on. One workgroup per row.
// modules: sum_over_lanes

const LANES: u32 = 64u;
alias Summand = f32;

struct Sizes { rows: u32, groupsX: u32, d: u32, first: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.rows) { return; }
  var square = 0.0;
  for (var k = lane; k < sizes.d; k += LANES) {
    let value = values[i * sizes.d + k];
    square += value * value;
  }
  let norm = sqrt(sumOverLanes(lane, square));
  square = 0.0;
  for (var k = lane; k < sizes.d; k += LANES) {
    var value = values[i * sizes.d + k];
    if (norm > 0.0) { value /= norm; }
    values[i * sizes.d + k] = value;
    square += value * value;
  }
  let sum = sumOverLanes(lane, square);
  if (lane == 0u) { norms[sizes.first + i] = sqrt(sum); }
}
