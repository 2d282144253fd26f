// f = act(x Eᵀ + b): x [B, d], E [latents, d], both with k running fastest. Either as activations
// [rows, N], or the active latents only: a bit for each in masks [rows, ⌈N/32⌉], and their places
// row·N + i with their values in entries [K], in any order; taken counts them, also those that find no
// room. count_entries.wgsl and place_entries.wgsl put them in order.
//
// A workgroup computes a tile of 8·SIDE rows × 8·SIDE latents, k in steps of 4·DEPTH through
// workgroup memory; thread (x, y) holds rows 4·y … 4·y + 3 and latents 4·x … 4·x + 3, and in both the
// same 4·SIDE further on. The next step's elements are on their way while a step is computed.
// E may be a slice of the latents, and the rows a part of the batch.

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: with the bits below, four need 18,696 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// 0 relu, 1 identity, 2 jumprelu.
const ACTIVATION: u32 = 0u;
// Whether only the active latents are kept.
const COMPACT: bool = false;
// vec4<f32> and 4 where d is a multiple of four, else f32 and 1.
alias Features = vec4<f32>;
const WIDTH: u32 = 4u;
// Whether d is a multiple of 4·DEPTH.
const WHOLE: bool = false;

struct Sizes { rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32, K: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read_write> activations: array<f32>;
@group(0) @binding(6) var<storage, read_write> masks: array<u32>;
@group(0) @binding(7) var<storage, read_write> entries: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> taken: atomic<u32>;

// A k of a tile, and padding against bank conflicts. What indices are constant need no bounds check and are
// part of a load's instruction.
struct Line { at: array<array<vec4<f32>, SIDE>, 2>, pad: vec4<f32> }
// The tile of rows, then that of latents.
var<workgroup> tiles: array<array<array<Line, 4>, DEPTH>, 2>;

// Words of bits for a row of the tile, and for the tile; entries of the tile, and where they go.
const WORDS: u32 = SIDE / 4u;
var<workgroup> bits: array<atomic<u32>, 8u * SIDE * WORDS>;
var<workgroup> found: atomic<u32>;
var<workgroup> begin: u32;

// Four elements of x; those past the end of its row are anything.
fn inputQuad(at: u32) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(input[at]); }
  return vec4<f32>(
    vec4<f32>(input[at]).x, vec4<f32>(input[at + 1u]).x, vec4<f32>(input[at + 2u]).x, vec4<f32>(input[at + 3u]).x,
  );
}

// Four elements of E; those past the end of its row are anything.
fn encoderQuad(at: u32) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(encoder[at]); }
  return vec4<f32>(
    vec4<f32>(encoder[at]).x, vec4<f32>(encoder[at + 1u]).x, vec4<f32>(encoder[at + 2u]).x, vec4<f32>(encoder[at + 3u]).x,
  );
}

// Zeros past the end of a row.
fn inside(k: u32, value: vec4<f32>) -> vec4<f32> { return select(vec4<f32>(), value, WHOLE || k < sizes.d); }

fn activate(pre: f32, i: u32) -> f32 {
  if (ACTIVATION == 1u) { return pre; }
  var least = 0.0;
  if (ACTIVATION == 2u) { least = max(threshold[i], 0.0); }
  return select(0.0, pre, pre > least);
}

// Rows 4·y … and latents 4·x …, and the same 4·SIDE further on: c[2·r + h] is row r of eight, latents of half h.
alias Products = array<vec4<f32>, 16>;

fn multiplyAdd(q: u32, j: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let a0 = tiles[0][q][j].at[0][local.y];
  let a1 = tiles[0][q][j].at[1][local.y];
  let b0 = tiles[1][q][j].at[0][local.x];
  let b1 = tiles[1][q][j].at[1][local.x];
  (*c)[0] = fma(a0.xxxx, b0, (*c)[0]); (*c)[1] = fma(a0.xxxx, b1, (*c)[1]);
  (*c)[2] = fma(a0.yyyy, b0, (*c)[2]); (*c)[3] = fma(a0.yyyy, b1, (*c)[3]);
  (*c)[4] = fma(a0.zzzz, b0, (*c)[4]); (*c)[5] = fma(a0.zzzz, b1, (*c)[5]);
  (*c)[6] = fma(a0.wwww, b0, (*c)[6]); (*c)[7] = fma(a0.wwww, b1, (*c)[7]);
  (*c)[8] = fma(a1.xxxx, b0, (*c)[8]); (*c)[9] = fma(a1.xxxx, b1, (*c)[9]);
  (*c)[10] = fma(a1.yyyy, b0, (*c)[10]); (*c)[11] = fma(a1.yyyy, b1, (*c)[11]);
  (*c)[12] = fma(a1.zzzz, b0, (*c)[12]); (*c)[13] = fma(a1.zzzz, b1, (*c)[13]);
  (*c)[14] = fma(a1.wwww, b0, (*c)[14]); (*c)[15] = fma(a1.wwww, b1, (*c)[15]);
}

// What the ends of rows share: read once, where the compiler would read it for every element.
struct Ends { first: vec2<u32>, sizes: vec2<u32>, N: u32, latent: u32 }

// Four biases from latent i of the slice on.
fn biases(i: u32, latent: u32) -> vec4<f32> {
  let at = latent + i;
  return vec4<f32>(encoderBias[at], encoderBias[at + 1u], encoderBias[at + 2u], encoderBias[at + 3u]);
}

// Activates four latents of a row, and stores them or counts and marks the active ones.
fn finish(c: ptr<function, Products>, n: u32, y: u32, x: u32, bias: vec4<f32>, ends: Ends) -> u32 {
  if (ends.first.x + y >= ends.sizes.x) { (*c)[n] = vec4<f32>(); return 0u; }
  let pre = (*c)[n] + bias;
  let i = ends.latent + ends.first.y + x;
  let left = ends.sizes.y - min(ends.first.y + x, ends.sizes.y);
  var f = vec4<f32>(activate(pre.x, i), activate(pre.y, i + 1u), activate(pre.z, i + 2u), activate(pre.w, i + 3u));
  if (!COMPACT) {
    let at = (ends.first.x + y) * ends.N + i;
    if (left > 0u) { activations[at] = f.x; }
    if (left > 1u) { activations[at + 1u] = f.y; }
    if (left > 2u) { activations[at + 2u] = f.z; }
    if (left > 3u) { activations[at + 3u] = f.w; }
    return 0u;
  }
  f = select(vec4<f32>(), f, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
  (*c)[n] = f;
  let nibble = dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), f != vec4<f32>()), vec4<u32>(1u));
  if (nibble != 0u) { atomicOr(&bits[y * WORDS + x / 32u], nibble << (x % 32u)); }
  return countOneBits(nibble);
}

fn keep(f: f32, place: u32, entry: u32, K: u32) -> u32 {
  if (f == 0.0) { return entry; }
  if (entry < K) { entries[entry] = vec2<u32>(place, bitcast<u32>(f)); }
  return entry + 1u;
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  // A thread brings a block of four rows and four k, of x or of E: with few k some threads bring none.
  const HALF = 2u * SIDE * DEPTH;
  let which = min(lane / HALF, 1u);
  let brings = lane < 2u * HALF;
  let q = lane % DEPTH;
  let quad = lane % HALF / DEPTH;
  let begins = 4u * quad + select(first.x, first.y, which == 1u);
  // Past the edge the last row is computed again, and not stored.
  let last = select(sizes.rows, sizes.latents, which == 1u) - 1u;
  let rows = min(vec4<u32>(begins, begins + 1u, begins + 2u, begins + 3u), vec4<u32>(last));
  let at = (rows + select(sizes.firstRow, 0u, which == 1u)) * (sizes.d / WIDTH) + q * (4u / WIDTH);
  var r0: vec4<f32>; var r1: vec4<f32>; var r2: vec4<f32>; var r3: vec4<f32>;
  var c: Products;
  {
      let next = at + (0u) / WIDTH;
      if (brings) {
        if (which == 0u) {
          r0 = inputQuad(next.x); r1 = inputQuad(next.y); r2 = inputQuad(next.z); r3 = inputQuad(next.w);
        } else {
          r0 = encoderQuad(next.x); r1 = encoderQuad(next.y); r2 = encoderQuad(next.z); r3 = encoderQuad(next.w);
        }
      }
  }
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
    if (brings) {
      tiles[which][q][0].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 0u, vec4<f32>(r0.x, r1.x, r2.x, r3.x));
      tiles[which][q][1].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 1u, vec4<f32>(r0.y, r1.y, r2.y, r3.y));
      tiles[which][q][2].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 2u, vec4<f32>(r0.z, r1.z, r2.z, r3.z));
      tiles[which][q][3].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 3u, vec4<f32>(r0.w, r1.w, r2.w, r3.w));
    }
    workgroupBarrier();
    if (k0 + 4u * DEPTH < sizes.d) {
      let next = at + (k0 + 4u * DEPTH) / WIDTH;
      if (brings) {
        if (which == 0u) {
          r0 = inputQuad(next.x); r1 = inputQuad(next.y); r2 = inputQuad(next.z); r3 = inputQuad(next.w);
        } else {
          r0 = encoderQuad(next.x); r1 = encoderQuad(next.y); r2 = encoderQuad(next.z); r3 = encoderQuad(next.w);
        }
      }
    }
    for (var n = 0u; n < DEPTH; n++) {
      multiplyAdd(n, 3u, local, &c); multiplyAdd(n, 2u, local, &c); multiplyAdd(n, 1u, local, &c); multiplyAdd(n, 0u, local, &c);
    }
    workgroupBarrier();
  }
  if (COMPACT) {
    for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) { atomicStore(&bits[n], 0u); }
    if (lane == 0u) { atomicStore(&found, 0u); }
    workgroupBarrier();
  }
  let x = 4u * local.x; let y = 4u * local.y;
  let ends = Ends(first, vec2<u32>(sizes.rows, sizes.latents), sizes.N, sizes.firstLatent);
  let bias0 = biases(first.y + x, ends.latent);
  let bias1 = biases(first.y + x + 4u * SIDE, ends.latent);
  var count = 0u;
  count += finish(&c, 0u, y + 0u, x, bias0, ends);
  count += finish(&c, 1u, y + 0u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 2u, y + 1u, x, bias0, ends);
  count += finish(&c, 3u, y + 1u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 4u, y + 2u, x, bias0, ends);
  count += finish(&c, 5u, y + 2u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 6u, y + 3u, x, bias0, ends);
  count += finish(&c, 7u, y + 3u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 8u, y + 4u * SIDE + 0u, x, bias0, ends);
  count += finish(&c, 9u, y + 4u * SIDE + 0u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 10u, y + 4u * SIDE + 1u, x, bias0, ends);
  count += finish(&c, 11u, y + 4u * SIDE + 1u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 12u, y + 4u * SIDE + 2u, x, bias0, ends);
  count += finish(&c, 13u, y + 4u * SIDE + 2u, x + 4u * SIDE, bias1, ends);
  count += finish(&c, 14u, y + 4u * SIDE + 3u, x, bias0, ends);
  count += finish(&c, 15u, y + 4u * SIDE + 3u, x + 4u * SIDE, bias1, ends);
  if (!COMPACT) { return; }
  // One reservation for the whole tile: which place an entry gets is left to chance.
  var entry = atomicAdd(&found, count);
  workgroupBarrier();
  if (lane == 0u) { begin = atomicAdd(&taken, atomicLoad(&found)); }
  workgroupBarrier();
  entry += begin;
  let K = sizes.K;
  let place = (first.x + y) * ends.N + ends.latent + first.y + x;
  entry = keep(c[0].x, place + (0u) * ends.N + 0u, entry, K);
  entry = keep(c[0].y, place + (0u) * ends.N + 1u, entry, K);
  entry = keep(c[0].z, place + (0u) * ends.N + 2u, entry, K);
  entry = keep(c[0].w, place + (0u) * ends.N + 3u, entry, K);
  entry = keep(c[1].x, place + (0u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[1].y, place + (0u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[1].z, place + (0u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[1].w, place + (0u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[2].x, place + (1u) * ends.N + 0u, entry, K);
  entry = keep(c[2].y, place + (1u) * ends.N + 1u, entry, K);
  entry = keep(c[2].z, place + (1u) * ends.N + 2u, entry, K);
  entry = keep(c[2].w, place + (1u) * ends.N + 3u, entry, K);
  entry = keep(c[3].x, place + (1u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[3].y, place + (1u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[3].z, place + (1u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[3].w, place + (1u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[4].x, place + (2u) * ends.N + 0u, entry, K);
  entry = keep(c[4].y, place + (2u) * ends.N + 1u, entry, K);
  entry = keep(c[4].z, place + (2u) * ends.N + 2u, entry, K);
  entry = keep(c[4].w, place + (2u) * ends.N + 3u, entry, K);
  entry = keep(c[5].x, place + (2u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[5].y, place + (2u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[5].z, place + (2u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[5].w, place + (2u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[6].x, place + (3u) * ends.N + 0u, entry, K);
  entry = keep(c[6].y, place + (3u) * ends.N + 1u, entry, K);
  entry = keep(c[6].z, place + (3u) * ends.N + 2u, entry, K);
  entry = keep(c[6].w, place + (3u) * ends.N + 3u, entry, K);
  entry = keep(c[7].x, place + (3u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[7].y, place + (3u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[7].z, place + (3u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[7].w, place + (3u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[8].x, place + (4u * SIDE + 0u) * ends.N + 0u, entry, K);
  entry = keep(c[8].y, place + (4u * SIDE + 0u) * ends.N + 1u, entry, K);
  entry = keep(c[8].z, place + (4u * SIDE + 0u) * ends.N + 2u, entry, K);
  entry = keep(c[8].w, place + (4u * SIDE + 0u) * ends.N + 3u, entry, K);
  entry = keep(c[9].x, place + (4u * SIDE + 0u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[9].y, place + (4u * SIDE + 0u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[9].z, place + (4u * SIDE + 0u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[9].w, place + (4u * SIDE + 0u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[10].x, place + (4u * SIDE + 1u) * ends.N + 0u, entry, K);
  entry = keep(c[10].y, place + (4u * SIDE + 1u) * ends.N + 1u, entry, K);
  entry = keep(c[10].z, place + (4u * SIDE + 1u) * ends.N + 2u, entry, K);
  entry = keep(c[10].w, place + (4u * SIDE + 1u) * ends.N + 3u, entry, K);
  entry = keep(c[11].x, place + (4u * SIDE + 1u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[11].y, place + (4u * SIDE + 1u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[11].z, place + (4u * SIDE + 1u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[11].w, place + (4u * SIDE + 1u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[12].x, place + (4u * SIDE + 2u) * ends.N + 0u, entry, K);
  entry = keep(c[12].y, place + (4u * SIDE + 2u) * ends.N + 1u, entry, K);
  entry = keep(c[12].z, place + (4u * SIDE + 2u) * ends.N + 2u, entry, K);
  entry = keep(c[12].w, place + (4u * SIDE + 2u) * ends.N + 3u, entry, K);
  entry = keep(c[13].x, place + (4u * SIDE + 2u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[13].y, place + (4u * SIDE + 2u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[13].z, place + (4u * SIDE + 2u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[13].w, place + (4u * SIDE + 2u) * ends.N + 4u * SIDE + 3u, entry, K);
  entry = keep(c[14].x, place + (4u * SIDE + 3u) * ends.N + 0u, entry, K);
  entry = keep(c[14].y, place + (4u * SIDE + 3u) * ends.N + 1u, entry, K);
  entry = keep(c[14].z, place + (4u * SIDE + 3u) * ends.N + 2u, entry, K);
  entry = keep(c[14].w, place + (4u * SIDE + 3u) * ends.N + 3u, entry, K);
  entry = keep(c[15].x, place + (4u * SIDE + 3u) * ends.N + 4u * SIDE + 0u, entry, K);
  entry = keep(c[15].y, place + (4u * SIDE + 3u) * ends.N + 4u * SIDE + 1u, entry, K);
  entry = keep(c[15].z, place + (4u * SIDE + 3u) * ends.N + 4u * SIDE + 2u, entry, K);
  entry = keep(c[15].w, place + (4u * SIDE + 3u) * ends.N + 4u * SIDE + 3u, entry, K);
  let rowWords = (sizes.N + 31u) / 32u;
  for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) {
    let row = first.x + n / WORDS;
    let first = first.y + 32u * (n % WORDS);
    if (row < sizes.rows && first < sizes.latents) {
      masks[row * rowWords + (sizes.firstLatent + first) / 32u] = atomicLoad(&bits[n]);
    }
  }
}
