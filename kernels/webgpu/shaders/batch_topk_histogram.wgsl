// Counts the digits at `shift` of all activations whose higher bits are those found so far.
//
// f [count]. A workgroup takes 4096 elements, counts their digits in its own memory, and adds the counts to the histogram.
// modules: digit_counts, selection

const LANES: u32 = 256u;

struct Sizes { count: u32, groupsX: u32, shift: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> selection: array<Selection>;
@group(0) @binding(3) var<storage, read_write> batchHistogram: array<atomic<u32>>;

fn bitsAt(e: u32) -> u32 { return select(0u, bitcast<u32>(activations[e]), e < sizes.count); }

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * sizes.groupsX + group.x) * 16u * LANES + lane;
  let state = selection[0];
  for (var e = begin; e < begin + 16u * LANES; e += 4u * LANES) {
    let four = vec4<u32>(bitsAt(e), bitsAt(e + LANES), bitsAt(e + 2u * LANES), bitsAt(e + 3u * LANES));
    countDigits(four, sizes.shift, state.mask, state.threshold);
  }
  workgroupBarrier();
  let count = atomicLoad(&histogram[lane]);
  if (count > 0u) { atomicAdd(&batchHistogram[lane], count); }
}
