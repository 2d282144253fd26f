// fired_i = #{b : f_bi > above}
//
// f [rows, N], fired [N]; parts of the batch add up. A workgroup takes 64 latents; four threads share one.

// Whether this part of the batch adds to the parts before.
const ADDS: bool = false;

struct Sizes { rows: u32, N: u32, above: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read_write> fired: array<u32>;

var<workgroup> counted: array<atomic<u32>, 64>;

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let i = group.x * 64u + local.x;
  var count = 0u;
  if (i < sizes.N) {
    for (var b = local.y; b < sizes.rows; b += 4u) {
      count += select(0u, 1u, activations[b * sizes.N + i] > sizes.above);
    }
  }
  // Whole numbers, which come out the same in any order.
  atomicAdd(&counted[local.x], count);
  workgroupBarrier();
  if (local.y > 0u || i >= sizes.N) { return; }
  let total = atomicLoad(&counted[local.x]);
  if (ADDS) { fired[i] += total; } else { fired[i] = total; }
}
