// f = act(x Eᵀ + b): x [B, d], E [latents, d], both with k running fastest. Either as activations
// [rows, N], or the active latents only: a bit for each in masks [rows, ⌈N/32⌉], and their places
// row·N + i with their values in entries [K], in any order; taken counts them, also those that find no
// room. count_entries.wgsl and place_entries.wgsl put them in order.
//
// A workgroup computes a tile of 8·SIDE rows × 8·SIDE latents, k in steps of 4·DEPTH through
// workgroup memory; thread (x, y) holds rows y + SIDE·r and latents x + SIDE·c, r and c below 8.
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

// Quads of k of a tile's rows, in rows that start two quads apart modulo eight, so that loads and stores meet
// different banks. Row r·SIDE + i is at [r][i]: what is constant needs no bounds check, and is part of a load.
struct Quads { at: array<array<vec4<f32>, SIDE>, 8>, pad: array<vec4<f32>, 2> }
var<workgroup> rowTile: array<Quads, DEPTH>;
var<workgroup> columnTile: array<Quads, DEPTH>;

// Words of bits for a row of the tile, and for the tile; entries of the tile, and where they go.
const WORDS: u32 = SIDE / 4u;
var<workgroup> bits: array<atomic<u32>, 8u * SIDE * WORDS>;
var<workgroup> found: atomic<u32>;
var<workgroup> begin: u32;

// Four elements of x from `at` on, zeros past the first `valid`.
fn inputQuad(at: u32, valid: u32) -> vec4<f32> {
  if (WIDTH == 4u) {
    if (valid == 0u) { return vec4<f32>(); }
    return vec4<f32>(input[at / 4u]);
  }
  var quad = vec4<f32>();
  if (valid > 0u) { quad.x = vec4<f32>(input[at]).x; }
  if (valid > 1u) { quad.y = vec4<f32>(input[at + 1u]).x; }
  if (valid > 2u) { quad.z = vec4<f32>(input[at + 2u]).x; }
  if (valid > 3u) { quad.w = vec4<f32>(input[at + 3u]).x; }
  return quad;
}

// The same of E.
fn encoderQuad(at: u32, valid: u32) -> vec4<f32> {
  if (WIDTH == 4u) {
    if (valid == 0u) { return vec4<f32>(); }
    return vec4<f32>(encoder[at / 4u]);
  }
  var quad = vec4<f32>();
  if (valid > 0u) { quad.x = vec4<f32>(encoder[at]).x; }
  if (valid > 1u) { quad.y = vec4<f32>(encoder[at + 1u]).x; }
  if (valid > 2u) { quad.z = vec4<f32>(encoder[at + 2u]).x; }
  if (valid > 3u) { quad.w = vec4<f32>(encoder[at + 3u]).x; }
  return quad;
}

// How many of the four elements from k on are below end.
fn rest(k: u32, end: u32) -> u32 { return min(max(end, k) - k, 4u); }

// c + a·m: four products for each of four columns.
fn multiplyAdd(c: vec4<f32>, a: vec4<f32>, m: mat4x4<f32>) -> vec4<f32> {
  return fma(a.xxxx, m[0], fma(a.yyyy, m[1], fma(a.zzzz, m[2], fma(a.wwww, m[3], c))));
}

fn activate(pre: f32, i: u32) -> f32 {
  if (ACTIVATION == 1u) { return pre; }
  var least = 0.0;
  if (ACTIVATION == 2u) { least = max(threshold[i], 0.0); }
  return select(0.0, pre, pre > least);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = group.y * 8u * SIDE;
  let firstColumn = group.x * 8u * SIDE;
  var c00 = vec4<f32>(); var c01 = vec4<f32>();
  var c10 = vec4<f32>(); var c11 = vec4<f32>();
  var c20 = vec4<f32>(); var c21 = vec4<f32>();
  var c30 = vec4<f32>(); var c31 = vec4<f32>();
  var c40 = vec4<f32>(); var c41 = vec4<f32>();
  var c50 = vec4<f32>(); var c51 = vec4<f32>();
  var c60 = vec4<f32>(); var c61 = vec4<f32>();
  var c70 = vec4<f32>(); var c71 = vec4<f32>();
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
    for (var n = lane; n < 8u * SIDE * DEPTH; n += SIDE * SIDE) {
      let q = n % DEPTH;
      let k = k0 + 4u * q;
      // Past the edge the last row is computed again, and not stored.
      let row = min(firstRow + n / DEPTH, sizes.rows - 1u) + sizes.firstRow;
      let column = min(firstColumn + n / DEPTH, sizes.latents - 1u);
      rowTile[q].at[n / DEPTH / SIDE][n / DEPTH % SIDE] = inputQuad(row * sizes.d + k, rest(k, sizes.d));
      columnTile[q].at[n / DEPTH / SIDE][n / DEPTH % SIDE] = encoderQuad(column * sizes.d + k, rest(k, sizes.d));
    }
    workgroupBarrier();
    for (var q = 0u; q < DEPTH; q++) {
      let a0 = rowTile[q].at[0][local.y];
      let a1 = rowTile[q].at[1][local.y];
      let a2 = rowTile[q].at[2][local.y];
      let a3 = rowTile[q].at[3][local.y];
      let a4 = rowTile[q].at[4][local.y];
      let a5 = rowTile[q].at[5][local.y];
      let a6 = rowTile[q].at[6][local.y];
      let a7 = rowTile[q].at[7][local.y];
      let m0 = transpose(mat4x4<f32>(
        columnTile[q].at[0][local.x], columnTile[q].at[1][local.x], columnTile[q].at[2][local.x], columnTile[q].at[3][local.x],
      ));
      c00 = multiplyAdd(c00, a0, m0);
      c10 = multiplyAdd(c10, a1, m0);
      c20 = multiplyAdd(c20, a2, m0);
      c30 = multiplyAdd(c30, a3, m0);
      c40 = multiplyAdd(c40, a4, m0);
      c50 = multiplyAdd(c50, a5, m0);
      c60 = multiplyAdd(c60, a6, m0);
      c70 = multiplyAdd(c70, a7, m0);
      let m1 = transpose(mat4x4<f32>(
        columnTile[q].at[4][local.x], columnTile[q].at[5][local.x], columnTile[q].at[6][local.x], columnTile[q].at[7][local.x],
      ));
      c01 = multiplyAdd(c01, a0, m1);
      c11 = multiplyAdd(c11, a1, m1);
      c21 = multiplyAdd(c21, a2, m1);
      c31 = multiplyAdd(c31, a3, m1);
      c41 = multiplyAdd(c41, a4, m1);
      c51 = multiplyAdd(c51, a5, m1);
      c61 = multiplyAdd(c61, a6, m1);
      c71 = multiplyAdd(c71, a7, m1);
    }
    workgroupBarrier();
  }
  var tile = array<vec4<f32>, 16>(
    c00, c01, c10, c11, c20, c21, c30, c31,
    c40, c41, c50, c51, c60, c61, c70, c71,
  );
  if (COMPACT) {
    for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) { atomicStore(&bits[n], 0u); }
    if (lane == 0u) { atomicStore(&found, 0u); }
    workgroupBarrier();
  }
  var count = 0u;
  for (var n = 0u; n < 64u; n++) {
    let y = local.y + SIDE * (n / 8u);
    let x = local.x + SIDE * (n % 8u);
    if (firstRow + y < sizes.rows && firstColumn + x < sizes.latents) {
      let i = sizes.firstLatent + firstColumn + x;
      let f = activate(tile[n / 4u][n % 4u] + encoderBias[i], i);
      if (COMPACT) {
        tile[n / 4u][n % 4u] = f;
        if (f != 0.0) {
          count++;
          atomicOr(&bits[y * WORDS + x / 32u], 1u << (x % 32u));
        }
      } else {
        activations[(firstRow + y) * sizes.N + i] = f;
      }
    }
  }
  if (!COMPACT) { return; }
  // One reservation for the whole tile: which place an entry gets is left to chance.
  var entry = atomicAdd(&found, count);
  workgroupBarrier();
  if (lane == 0u) { begin = atomicAdd(&taken, atomicLoad(&found)); }
  workgroupBarrier();
  entry += begin;
  for (var n = 0u; n < 64u; n++) {
    let y = local.y + SIDE * (n / 8u);
    let x = local.x + SIDE * (n % 8u);
    let bit = atomicLoad(&bits[y * WORDS + x / 32u]) >> (x % 32u);
    if ((bit & 1u) != 0u) {
      let place = (firstRow + y) * sizes.N + sizes.firstLatent + firstColumn + x;
      if (entry < sizes.K) { entries[entry] = vec2<u32>(place, bitcast<u32>(tile[n / 4u][n % 4u])); }
      entry++;
    }
  }
  let rowWords = (sizes.N + 31u) / 32u;
  for (var n = lane; n < 8u * SIDE * WORDS; n += SIDE * SIDE) {
    let row = firstRow + n / WORDS;
    let first = firstColumn + 32u * (n % WORDS);
    if (row < sizes.rows && first < sizes.latents) {
      masks[row * rowWords + (sizes.firstLatent + first) / 32u] = atomicLoad(&bits[n]);
    }
  }
}
