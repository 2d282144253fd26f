// Places every entry among those of its latent, in the order in which the atomics happen; codes_by_latent
// sorts them.
//
// Codes by row: rowOffsets [B + 1], indices and values [K]. latentOffsets[i + 1] is where the next entry of latent i
// goes: at first its first, in the end the first of the latent after it. One workgroup per row.

const LANES: u32 = 64u;

struct Sizes { B: u32, groupsX: u32, K: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> latentOffsets: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> placedRows: array<u32>;
@group(0) @binding(6) var<storage, read_write> placedValues: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.B) { return; }
  for (var e = rowOffsets[b] + lane; e < min(sizes.K, rowOffsets[b + 1u]); e += LANES) {
    let place = atomicAdd(&latentOffsets[indices[e] + 1u], 1u);
    placedRows[place] = b;
    placedValues[place] = values[e];
  }
}
