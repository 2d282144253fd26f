// ring[slot] = [–, –, totalVariance, norm, 2·P × –, L0_j…, –…], bit for bit: a norm may be NaN. One workgroup.

struct Sizes { P: u32, C: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> l0: array<u32>;
@group(0) @binding(2) var<storage, read> totalVariance: array<u32>;
@group(0) @binding(3) var<storage, read> norm: array<u32>;
@group(0) @binding(4) var<storage, read> slot: array<u32>;
@group(0) @binding(5) var<storage, read_write> ring: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let row = slot[0] * sizes.C;
  for (var j = lane; j < sizes.P; j += 64u) { ring[row + 4u + 2u * sizes.P + j] = l0[j]; }
  if (lane > 0u) { return; }
  ring[row + 2u] = totalVariance[0];
  ring[row + 3u] = norm[0];
}
