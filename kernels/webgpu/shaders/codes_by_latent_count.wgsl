// latentOffsets[i + 1] += 1 for every entry of latent i: the order does not matter for whole numbers.
//
// rowOffsets [B + 1], indices [K]. One thread per entry.

struct Sizes { count: u32, groupsX: u32, B: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> latentOffsets: array<atomic<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e < min(sizes.count, rowOffsets[sizes.B])) { atomicAdd(&latentOffsets[indices[e] + 1u], 1u); }
}
