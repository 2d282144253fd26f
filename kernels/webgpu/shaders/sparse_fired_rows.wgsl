// fired_i = the number of values of latent i above `above`.
//
// latentOffsets [N + 1], latentValues [K], fired [N]. One workgroup per latent.
// modules: count_over_lanes

const LANES: u32 = 64u;

struct Sizes { N: u32, groupsX: u32, above: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentValues: array<f32>;
@group(0) @binding(3) var<storage, read_write> fired: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.N) { return; }
  var count = 0u;
  for (var e = latentOffsets[i] + lane; e < latentOffsets[i + 1u]; e += LANES) {
    count += select(0u, 1u, latentValues[e] > sizes.above);
  }
  let total = countOverLanes(lane, count);
  if (lane == 0u) { fired[i] = total; }
}
