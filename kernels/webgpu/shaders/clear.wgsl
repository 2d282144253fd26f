// words ← 0: u32 [count]. One thread per element.

struct Sizes { count: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e < sizes.count) { words[e] = 0u; }
}
