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
// From a thread's first four rows and latents to the other four.
const FAR: u32 = 4u * SIDE;

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

// Four biases from latent i on.
fn biases(i: u32) -> vec4<f32> {
  return vec4<f32>(encoderBias[i], encoderBias[i + 1u], encoderBias[i + 2u], encoderBias[i + 3u]);
}

// A bit for each of four elements that is not 0.
fn nibbleOf(f: vec4<f32>) -> u32 {
  return dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), f != vec4<f32>()), vec4<u32>(1u));
}

fn activateFour(pre: vec4<f32>, i: u32) -> vec4<f32> {
  return vec4<f32>(
    activate(pre.x, i), activate(pre.y, i + 1u), activate(pre.z, i + 2u), activate(pre.w, i + 3u),
  );
}

// A thread's quads: its first row, place in a row and latent in the tile, which of the eight latents of a row exist,
// as bits, and the number of rows from the first of the tile on. Read once, because a compiler would read sizes again
// for every row.
struct Own { y: u32, x: u32, latent: u32, exist: u32, rows: u32 }

// Activates row r of a thread's eight and marks its active latents. Returns their bits, those of the quad further on
// last, in the place of r among four rows.
fn finishRow(r: u32, near: vec4<f32>, far: vec4<f32>, own: Own, c: ptr<function, Products>) -> u32 {
  let a = activateFour((*c)[2u * r] + near, own.latent);
  let b = activateFour((*c)[2u * r + 1u] + far, own.latent + FAR);
  (*c)[2u * r] = a;
  (*c)[2u * r + 1u] = b;
  let row = own.y + rowOf(r);
  let marks = (nibbleOf(a) | (nibbleOf(b) << 4u)) & select(0u, own.exist, row < own.rows);
  if (marks != 0u) {
    let word = row * WORDS + own.x / 32u;
    atomicOr(&bits[word], (marks & 15u) << (own.x % 32u));
    atomicOr(&bits[word + FAR / 32u], (marks >> 4u) << (own.x % 32u));
  }
  return marks << (8u * (r % 4u));
}

fn rowOf(r: u32) -> u32 { return r % 4u + FAR * (r / 4u); }

// Keeps the active latents of row r of a thread's eight, the first of its latents at `place`; returns the next entry.
// Hardly any row of eight has one, so a branch per row is cheaper than eight stores of nothing.
fn keepRow(r: u32, four: u32, first: u32, place: u32, K: u32, c: ptr<function, Products>) -> u32 {
  let a = (*c)[2u * r]; let b = (*c)[2u * r + 1u];
  var entry = first;
  for (var left = (four >> (8u * (r % 4u))) & 255u; left != 0u; left &= left - 1u) {
    let n = firstTrailingBit(left);
    let quad = select(a, b, n >= 4u);
    let pair = select(quad.xy, quad.zw, (n & 2u) != 0u);
    let f = select(pair.x, pair.y, (n & 1u) != 0u);
    if (entry < K) { entries[entry] = vec2<u32>(place + n % 4u + n / 4u * FAR, bitcast<u32>(f)); }
    entry++;
  }
  return entry;
}

fn ownOf(first: vec2<u32>, local: vec3<u32>) -> Own {
  let i = first.y + 4u * local.x;
  let left = sizes.latents - min(vec2<u32>(i, i + FAR), vec2<u32>(sizes.latents));
  let exist = (vec2<u32>(1u) << min(left, vec2<u32>(4u))) - 1u;
  return Own(4u * local.y, 4u * local.x, sizes.firstLatent + i, exist.x | (exist.y << 4u), sizes.rows - first.x);
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
  let own = ownOf(first, local);
  let near = biases(own.latent);
  let far = biases(own.latent + FAR);
  // Bits of rows 0 to 3, and of those further on.
  let low = finishRow(0u, near, far, own, &c) | finishRow(1u, near, far, own, &c) |
    finishRow(2u, near, far, own, &c) | finishRow(3u, near, far, own, &c);
  let high = finishRow(4u, near, far, own, &c) | finishRow(5u, near, far, own, &c) |
    finishRow(6u, near, far, own, &c) | finishRow(7u, near, far, own, &c);
  let count = countOneBits(low) + countOneBits(high);
  // One reservation for the whole tile. The order of the entries differs from run to run.
  var entry = atomicAdd(&found, count);
  workgroupBarrier();
  if (lane == 0u) { begin = atomicAdd(&taken, atomicLoad(&found)); }
  workgroupBarrier();
  entry += begin;
  let K = sizes.K; let N = sizes.N;
  let place = (first.x + own.y) * N + own.latent;
  entry = keepRow(0u, low, entry, place, K, &c);
  entry = keepRow(1u, low, entry, place + N, K, &c);
  entry = keepRow(2u, low, entry, place + 2u * N, K, &c);
  entry = keepRow(3u, low, entry, place + 3u * N, K, &c);
  entry = keepRow(4u, high, entry, place + FAR * N, K, &c);
  entry = keepRow(5u, high, entry, place + (FAR + 1u) * N, K, &c);
  entry = keepRow(6u, high, entry, place + (FAR + 2u) * N, K, &c);
  entry = keepRow(7u, high, entry, place + (FAR + 3u) * N, K, &c);
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
