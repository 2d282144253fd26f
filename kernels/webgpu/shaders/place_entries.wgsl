// Moves each entry to its place among the codes: rowOffsets[b] + the bits of row b before it. Entries are
// pairs of row·N + i and a value, in any order; there are min(taken, K), and overflow = taken > K.
//
// masks and wordOffsets [B, words]; indices, values [K]. One thread per entry.
// modules: kept_zero

struct Sizes { K: u32, groupsX: u32, N: u32, words: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> taken: u32;
@group(0) @binding(3) var<storage, read> masks: array<u32>;
@group(0) @binding(4) var<storage, read> wordOffsets: array<u32>;
@group(0) @binding(5) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> indices: array<u32>;
@group(0) @binding(7) var<storage, read_write> values: array<f32>;
@group(0) @binding(8) var<storage, read_write> overflow: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e == 0u) { overflow[0] = select(0u, 1u, taken > sizes.K); }
  if (e >= min(taken, sizes.K)) { return; }
  let b = entries[e].x / sizes.N;
  let i = entries[e].x % sizes.N;
  let word = b * sizes.words + i / 32u;
  let before = countOneBits(masks[word] & ((1u << (i % 32u)) - 1u));
  let place = rowOffsets[b] + wordOffsets[word] + before;
  // After an overflow, the entries that fitted need not be the first ones.
  if (place >= sizes.K) { return; }
  indices[place] = i;
  values[place] = valueOf(bitcast<f32>(entries[e].y));
}
