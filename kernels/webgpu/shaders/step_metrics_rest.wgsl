// ring[slot] = [–, –, totalVariance, norm, …], bit for bit: a norm may be NaN. One thread.

struct Sizes { C: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> totalVariance: array<u32>;
@group(0) @binding(2) var<storage, read> norm: array<u32>;
@group(0) @binding(3) var<storage, read> slot: array<u32>;
@group(0) @binding(4) var<storage, read_write> ring: array<u32>;

@compute @workgroup_size(1)
fn main() {
  let row = slot[0] * sizes.C;
  ring[row + 2u] = totalVariance[0];
  ring[row + 3u] = norm[0];
}
