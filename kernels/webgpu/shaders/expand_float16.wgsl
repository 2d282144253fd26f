// values_e = float16 number e of packed, two to a word, the first in its low bits: [B, d], flat.
// By integers and not by unpack2x16float, which may flush subnormals: the same bits on every adapter.
// One thread per word.

struct Sizes { count: u32, groupsX: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;

fn valueOf(bits: u32) -> f32 {
  // A subnormal is a whole number of 2⁻²⁴; else the exponent moves from bias 15 to 127.
  let subnormal = bitcast<u32>(f32(bits & 1023u) * 0x1p-24f);
  let normal = ((bits & 0x7fffu) << 13u) + (112u << 23u);
  let size = select(normal, subnormal, (bits & 0x7c00u) == 0u);
  return bitcast<f32>(size | ((bits & 0x8000u) << 16u));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let word = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (2u * word >= sizes.count) { return; }
  let pair = packed[word];
  values[2u * word] = valueOf(pair & 0xffffu);
  if (2u * word + 1u < sizes.count) { values[2u * word + 1u] = valueOf(pair >> 16u); }
}
