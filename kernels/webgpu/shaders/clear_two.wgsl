// words ← 0 and others ← 0: u32 [count] and [otherCount]. One thread per element of the longer one.

struct Sizes { count: u32, groupsX: u32, otherCount: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> others: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e < sizes.count) { words[e] = 0u; }
  if (e < sizes.otherCount) { others[e] = 0u; }
}
