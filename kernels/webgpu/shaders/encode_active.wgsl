// The active latents of f = act(x Eᵀ + b): x [B, d], E [latents, d], both with k running fastest. A bit for each in
// masks [rows, ⌈N/32⌉], and their places row·N + i with their values in entries [K], in any order; taken counts
// them, including those that do not fit. count_entries.wgsl and place_entries.wgsl put them in order.
//
// Tiles as in encode.wgsl, and as there E may be a slice of the latents.
// modules: activation, features, tile_loop, tile_products

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: with the bits, four need 18,696 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// Whether only tiles are computed that a screen leaves, those with many candidates: see screen.wgsl.
const SCREENED: bool = false;

struct Sizes {
  rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32, K: u32, firstTile: u32, across: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read_write> masks: array<u32>;
@group(0) @binding(6) var<storage, read_write> entries: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> taken: atomic<u32>;
@group(0) @binding(8) var<storage, read> counts: array<f32>;

fn rowQuad(at: u32) -> vec4<f32> {
  return quadOf(input[at], input[at + 1u], input[at + 2u], input[at + 3u]);
}

fn latentQuad(at: u32) -> vec4<f32> {
  return quadOf(encoder[at], encoder[at + 1u], encoder[at + 2u], encoder[at + 3u]);
}

// Sizes for the epilogue: read once, because a compiler would read them again for every element.
struct Ends { first: vec2<u32>, sizes: vec2<u32>, N: u32, latent: u32 }

// Four biases from latent i of the slice on.
fn biases(i: u32, latent: u32) -> vec4<f32> {
  let at = latent + i;
  return vec4<f32>(encoderBias[at], encoderBias[at + 1u], encoderBias[at + 2u], encoderBias[at + 3u]);
}

// Activates four latents of a row, and counts and marks the active ones.
fn finish(c: ptr<function, Products>, n: u32, y: u32, x: u32, bias: vec4<f32>, ends: Ends) -> u32 {
  if (ends.first.x + y >= ends.sizes.x) { (*c)[n] = vec4<f32>(); return 0u; }
  let pre = (*c)[n] + bias;
  let i = ends.latent + ends.first.y + x;
  let left = ends.sizes.y - min(ends.first.y + x, ends.sizes.y);
  var f = vec4<f32>(activate(pre.x, i), activate(pre.y, i + 1u), activate(pre.z, i + 2u), activate(pre.w, i + 3u));
  f = select(vec4<f32>(), f, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
  (*c)[n] = f;
  let nibble = dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), f != vec4<f32>()), vec4<u32>(1u));
  if (nibble != 0u) { atomicOr(&bits[y * WORDS + x / 32u], nibble << (x % 32u)); }
  return countOneBits(nibble);
}

// Finishes row r of a thread's eight, and counts its active latents.
fn finishRow(
  c: ptr<function, Products>, r: u32, y: u32, x: u32, near: vec4<f32>, far: vec4<f32>, ends: Ends,
) -> u32 {
  return finish(c, 2u * r, y, x, near, ends) + finish(c, 2u * r + 1u, y, x + 4u * SIDE, far, ends);
}

fn keep(f: f32, place: u32, entry: u32, K: u32) -> u32 {
  if (f == 0.0) { return entry; }
  if (entry < K) { entries[entry] = vec2<u32>(place, bitcast<u32>(f)); }
  return entry + 1u;
}

// Keeps the active latents of row r of a thread's eight, the first of them at `place`; returns the next entry.
fn keepRow(c: ptr<function, Products>, r: u32, place: u32, first: u32, K: u32) -> u32 {
  let near = (*c)[2u * r]; let far = (*c)[2u * r + 1u];
  var entry = keep(near.x, place, first, K);
  entry = keep(near.y, place + 1u, entry, K);
  entry = keep(near.z, place + 2u, entry, K);
  entry = keep(near.w, place + 3u, entry, K);
  entry = keep(far.x, place + 4u * SIDE, entry, K);
  entry = keep(far.y, place + 4u * SIDE + 1u, entry, K);
  entry = keep(far.z, place + 4u * SIDE + 2u, entry, K);
  return keep(far.w, place + 4u * SIDE + 3u, entry, K);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  if (SCREENED) {
    if (lane == 0u) { begin = u32(counts[sizes.firstTile + group.y * sizes.across + group.x]); }
    if (workgroupUniformLoad(&begin) <= 4u * SIDE * SIDE) { return; }
  }
  let share = shareOf(local, first, vec2<u32>(sizes.rows, sizes.latents) - 1u);
  var c: Products;
  addProducts(share, 0u, local, &c);
  for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) { atomicStore(&bits[n], 0u); }
  if (lane == 0u) { atomicStore(&found, 0u); }
  workgroupBarrier();
  const FAR = 4u * SIDE;
  let x = 4u * local.x; let y = 4u * local.y;
  let ends = Ends(first, vec2<u32>(sizes.rows, sizes.latents), sizes.N, sizes.firstLatent);
  let near = biases(first.y + x, ends.latent);
  let far = biases(first.y + x + FAR, ends.latent);
  var count = finishRow(&c, 0u, y, x, near, far, ends);
  count += finishRow(&c, 1u, y + 1u, x, near, far, ends);
  count += finishRow(&c, 2u, y + 2u, x, near, far, ends);
  count += finishRow(&c, 3u, y + 3u, x, near, far, ends);
  count += finishRow(&c, 4u, y + FAR, x, near, far, ends);
  count += finishRow(&c, 5u, y + FAR + 1u, x, near, far, ends);
  count += finishRow(&c, 6u, y + FAR + 2u, x, near, far, ends);
  count += finishRow(&c, 7u, y + FAR + 3u, x, near, far, ends);
  // One reservation for the whole tile. The order of the entries differs from run to run.
  var entry = atomicAdd(&found, count);
  workgroupBarrier();
  if (lane == 0u) { begin = atomicAdd(&taken, atomicLoad(&found)); }
  workgroupBarrier();
  entry += begin;
  let K = sizes.K;
  let place = (first.x + y) * ends.N + ends.latent + first.y + x;
  entry = keepRow(&c, 0u, place, entry, K);
  entry = keepRow(&c, 1u, place + ends.N, entry, K);
  entry = keepRow(&c, 2u, place + 2u * ends.N, entry, K);
  entry = keepRow(&c, 3u, place + 3u * ends.N, entry, K);
  entry = keepRow(&c, 4u, place + FAR * ends.N, entry, K);
  entry = keepRow(&c, 5u, place + (FAR + 1u) * ends.N, entry, K);
  entry = keepRow(&c, 6u, place + (FAR + 2u) * ends.N, entry, K);
  entry = keepRow(&c, 7u, place + (FAR + 3u) * ends.N, entry, K);
  let rowWords = (sizes.N + 31u) / 32u;
  for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) {
    let row = first.x + n / WORDS;
    let column = first.y + 32u * (n % WORDS);
    if (row < sizes.rows && column < sizes.latents) {
      masks[row * rowWords + (sizes.firstLatent + column) / 32u] = atomicLoad(&bits[n]);
    }
  }
}

// Words of bits for a row of the tile, and for the tile; entries of the tile, and where they go. Declared after
// the code that uses the tiles: so the tiles come first in workgroup memory, and their loads need no addition
// (on RDNA 108 registers instead of 120).
const WORDS: u32 = SIDE / 4u;
var<workgroup> bits: array<atomic<u32>, 8u * SIDE * WORDS>;
var<workgroup> found: atomic<u32>;
var<workgroup> begin: u32;
