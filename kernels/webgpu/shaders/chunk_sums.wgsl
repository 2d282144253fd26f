// sums_k ← scale·Σ_c partials[c, k], c ascending, added to what was there if ADDS.
//
// partials [chunks, width], sums [width]. A workgroup takes 64 columns; four threads share one.
// modules: sum_of_four

const ADDS: bool = false;
alias Summand = f32;

struct Sizes { chunks: u32, width: u32, scale: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let k = group.x * 64u + local.x;
  var sum = 0.0;
  if (k < sizes.width) {
    for (var c = local.y; c < sizes.chunks; c += 4u) { sum += partials[c * sizes.width + k]; }
  }
  let total = sumOfFour(local, sum);
  if (local.y == 0u && k < sizes.width) {
    if (ADDS) { sums[k] += sizes.scale * total; } else { sums[k] = sizes.scale * total; }
  }
}
