// Computes the pre-activation of each latent whose bit in masks [rows, ⌈N/32⌉] is set, with the sums of encode.wgsl: the
// bits of those that are not active are cleared, the others are appended to the entries [K] as encode_active.wgsl does.
// Tiles with more than 4·SIDE² candidates are left to encode_active.wgsl. E is a slice of the latents.
//
// A workgroup takes `each` words of a row. It lists the candidates, and whenever there is one for each thread, every
// thread computes one.
// modules: activation, candidate_dots

const LANES: u32 = 64u;
// Words whose candidates are listed at a time.
const CHUNK: u32 = 32u;
// Threads on a side of a tile.
const SIDE: u32 = 8u;

struct Sizes {
  rows: u32, groupsX: u32, segments: u32, d: u32, N: u32, K: u32, firstLatent: u32, words: u32, each: u32, firstTile: u32, across: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read> counts: array<f32>;
@group(0) @binding(6) var<storage, read_write> masks: array<atomic<u32>>;
@group(0) @binding(7) var<storage, read_write> entries: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> taken: atomic<u32>;

// Candidates, counted from the first latent of the slice.
var<workgroup> list: array<u32, LANES + 32u * CHUNK>;
var<workgroup> listed: atomic<u32>;
var<workgroup> listLength: u32;
var<workgroup> kept: atomic<u32>;
var<workgroup> begin: u32;

// Computes the last `count` candidates of the list.
fn finish(b: u32, lane: u32, count: u32) {
  let sum = product(b, lane, count, listLength);
  if (lane == 0u) { atomicStore(&kept, 0u); }
  workgroupBarrier();
  let i = sizes.firstLatent + list[listLength - 1u - min(lane, count - 1u)];
  let f = activate(sum + encoderBias[i], i);
  let isActive = lane < count && f != 0.0;
  var entry = 0u;
  if (isActive) { entry = atomicAdd(&kept, 1u); }
  else if (lane < count) {
    atomicAnd(&masks[b * ((sizes.N + 31u) / 32u) + i / 32u], ~(1u << (i % 32u)));
  }
  workgroupBarrier();
  if (lane == 0u) {
    begin = atomicAdd(&taken, atomicLoad(&kept));
    atomicStore(&listed, listLength - count);
  }
  workgroupBarrier();
  entry += begin;
  if (isActive && entry < sizes.K) { entries[entry] = vec2<u32>(b * sizes.N + i, bitcast<u32>(f)); }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let n = group.y * sizes.groupsX + group.x;
  let b = n / sizes.segments;
  if (b >= sizes.rows) { return; }
  let first = n % sizes.segments * sizes.each;
  let end = min(first + sizes.each, sizes.words);
  let tiles = sizes.firstTile + b / (8u * SIDE) * sizes.across;
  let row = b * ((sizes.N + 31u) / 32u) + sizes.firstLatent / 32u;
  for (var w0 = first; w0 < end; w0 += CHUNK) {
    let w = w0 + lane;
    if (lane < CHUNK && w < end && counts[tiles + 4u * w / SIDE] <= f32(4u * SIDE * SIDE)) {
      var word = atomicLoad(&masks[row + w]);
      if (word != 0u) {
        var at = atomicAdd(&listed, countOneBits(word));
        for (; word != 0u; word &= word - 1u) {
          list[at] = 32u * w + countTrailingZeros(word);
          at++;
        }
      }
    }
    workgroupBarrier();
    if (lane == 0u) { listLength = atomicLoad(&listed); }
    var left = workgroupUniformLoad(&listLength);
    while (left >= LANES || (left > 0u && w0 + CHUNK >= end)) {
      let count = min(left, LANES);
      finish(b, lane, count);
      workgroupBarrier();
      if (lane == 0u) { listLength = left - count; }
      left = workgroupUniformLoad(&listLength);
    }
  }
}
