// Computes the pre-activation of each latent whose bit in masks [rows, ⌈N/32⌉] is set, with the sums of encode.wgsl: the
// bits of those that are not active are cleared, the others are appended to the entries [K] as encode_active.wgsl does.
// Tiles with more than 4·SIDE² candidates are left to encode_active.wgsl. E is a slice of the latents.
//
// A workgroup takes `each` words of a row. It lists the candidates, and whenever there is one for each thread, every
// thread computes one; they bring the rows of E together, 4·QUADS inputs at a time.
// modules: activation, features

const LANES: u32 = 64u;
// Quads of k in a step.
const QUADS: u32 = 8u;
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

// Four k of every candidate, and then of the row.
var<workgroup> staged: array<array<vec4<f32>, LANES + 1u>, QUADS>;
// Candidates, counted from the first latent of the slice.
var<workgroup> list: array<u32, LANES + 32u * CHUNK>;
var<workgroup> listed: atomic<u32>;
var<workgroup> listLength: u32;
var<workgroup> kept: atomic<u32>;
var<workgroup> begin: u32;

fn rowQuad(at: u32, k: u32) -> vec4<f32> {
  let n = (at + k) / WIDTH;
  let four = quadOf(input[n], input[n + 1u], input[n + 2u], input[n + 3u]);
  return select(vec4<f32>(), four, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
}

fn latentQuad(at: u32, k: u32) -> vec4<f32> {
  let n = (at + k) / WIDTH;
  let four = quadOf(encoder[n], encoder[n + 1u], encoder[n + 2u], encoder[n + 3u]);
  return select(vec4<f32>(), four, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
}

// Where the rows begin of which a thread brings quad q: those of the first eight of its candidates, APART from each other.
const APART: u32 = LANES / QUADS;
alias Rows = array<u32, QUADS>;

fn rowOf(c: u32, count: u32) -> u32 { return list[listLength - 1u - min(c, count - 1u)] * sizes.d; }

fn load(at: Rows, k: u32, e: ptr<function, array<vec4<f32>, QUADS>>) {
  (*e)[0] = latentQuad(at[0], k); (*e)[1] = latentQuad(at[1], k);
  (*e)[2] = latentQuad(at[2], k); (*e)[3] = latentQuad(at[3], k);
  (*e)[4] = latentQuad(at[4], k); (*e)[5] = latentQuad(at[5], k);
  (*e)[6] = latentQuad(at[6], k); (*e)[7] = latentQuad(at[7], k);
}

// x_b E_i of the thread's candidate, with the order of sums of modules/tile_loop.wgsl: in a quad the last k is first.
// The next step's loads are under way during a step.
fn product(b: u32, lane: u32, count: u32) -> f32 {
  let q = lane % QUADS; let c = lane / QUADS;
  let at = Rows(
    rowOf(c, count), rowOf(c + APART, count), rowOf(c + 2u * APART, count), rowOf(c + 3u * APART, count),
    rowOf(c + 4u * APART, count), rowOf(c + 5u * APART, count), rowOf(c + 6u * APART, count), rowOf(c + 7u * APART, count),
  );
  var e: array<vec4<f32>, QUADS>;
  load(at, 4u * q, &e);
  var x = rowQuad(b * sizes.d, 4u * q);
  var sum = 0.0;
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * QUADS) {
    staged[q][c] = e[0]; staged[q][c + APART] = e[1];
    staged[q][c + 2u * APART] = e[2]; staged[q][c + 3u * APART] = e[3];
    staged[q][c + 4u * APART] = e[4]; staged[q][c + 5u * APART] = e[5];
    staged[q][c + 6u * APART] = e[6]; staged[q][c + 7u * APART] = e[7];
    if (c == 0u) { staged[q][LANES] = x; }
    workgroupBarrier();
    let next = k0 + 4u * QUADS;
    if (next < sizes.d) {
      x = rowQuad(b * sizes.d, next + 4u * q);
      load(at, next + 4u * q, &e);
    }
    for (var n = 0u; n < QUADS; n++) {
      let a = staged[n][LANES]; let f = staged[n][lane];
      sum = fma(a.w, f.w, sum); sum = fma(a.z, f.z, sum);
      sum = fma(a.y, f.y, sum); sum = fma(a.x, f.x, sum);
    }
    workgroupBarrier();
  }
  return sum;
}

// Computes the last `count` candidates of the list.
fn finish(b: u32, lane: u32, count: u32) {
  let sum = product(b, lane, count);
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
