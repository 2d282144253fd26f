// Counts the digits at `shift` of all activations whose higher bits are those found so far.
//
// f [count]. A workgroup takes 4096 elements, counts their digits in its own memory, and adds the counts to the histogram.
// modules: selection

const LANES: u32 = 256u;

struct Sizes { count: u32, groupsX: u32, shift: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> selection: array<Selection>;
@group(0) @binding(3) var<storage, read_write> histogram: array<atomic<u32>>;

var<workgroup> own: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * sizes.groupsX + group.x) * 16u * LANES;
  let state = selection[0];
  for (var n = 0u; n < 16u; n++) {
    let e = begin + n * LANES + lane;
    if (e < sizes.count) {
      let bits = bitcast<u32>(activations[e]);
      if (bits > 0u && bits < 0x80000000u && (bits & state.mask) == state.threshold) {
        atomicAdd(&own[255u - ((bits >> sizes.shift) & 255u)], 1u);
      }
    }
  }
  workgroupBarrier();
  let count = atomicLoad(&own[lane]);
  if (count > 0u) { atomicAdd(&histogram[lane], count); }
}
