// ∂pre_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i where f_bi ≠ 0, else 0; at 0 the
// identity activation has the first term.
//
// G [P, B, d], D [latents, d], both with k running fastest; f and ∂pre [B, N].
// Tiles as in encode.wgsl, and like there D may be a slice of the latents, f and ∂pre of the rows. A tile that crosses from one block to the next goes over k once per
// block, with the latents of the others at 0.

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: four need 16,640 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// vec4<f32> and 4 where d is a multiple of four, else f32 and 1.
alias Features = vec4<f32>;
const WIDTH: u32 = 4u;
const IDENTITY: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32, epsilon: f32,
}

// What a latent's gradients need besides its rows.
struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n once it is known.
  norm: f32, pull: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(2) var<storage, read> decoder: array<Features>;
@group(0) @binding(3) var<storage, read> latents: array<Latent>;
@group(0) @binding(4) var<storage, read> activations: array<f32>;
@group(0) @binding(5) var<storage, read_write> preGradient: array<f32>;

// Quads of k of a tile's rows, in rows that start two quads apart modulo eight, so that loads and stores meet
// different banks. Row r·SIDE + i is at [r][i]: what is constant needs no bounds check, and is part of a load.
struct Quads { at: array<array<vec4<f32>, SIDE>, 8>, pad: array<vec4<f32>, 2> }
var<workgroup> rowTile: array<Quads, DEPTH>;
var<workgroup> columnTile: array<Quads, DEPTH>;

// 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

fn penaltySlope(a: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + sizes.epsilon);
}

// Four elements of G from `at` on, zeros past the first `valid`.
fn sumsQuad(at: u32, valid: u32) -> vec4<f32> {
  if (WIDTH == 4u) {
    if (valid == 0u) { return vec4<f32>(); }
    return vec4<f32>(reverseSums[at / 4u]);
  }
  var quad = vec4<f32>();
  if (valid > 0u) { quad.x = vec4<f32>(reverseSums[at]).x; }
  if (valid > 1u) { quad.y = vec4<f32>(reverseSums[at + 1u]).x; }
  if (valid > 2u) { quad.z = vec4<f32>(reverseSums[at + 2u]).x; }
  if (valid > 3u) { quad.w = vec4<f32>(reverseSums[at + 3u]).x; }
  return quad;
}

// The same of D.
fn decoderQuad(at: u32, valid: u32) -> vec4<f32> {
  if (WIDTH == 4u) {
    if (valid == 0u) { return vec4<f32>(); }
    return vec4<f32>(decoder[at / 4u]);
  }
  var quad = vec4<f32>();
  if (valid > 0u) { quad.x = vec4<f32>(decoder[at]).x; }
  if (valid > 1u) { quad.y = vec4<f32>(decoder[at + 1u]).x; }
  if (valid > 2u) { quad.z = vec4<f32>(decoder[at + 2u]).x; }
  if (valid > 3u) { quad.w = vec4<f32>(decoder[at + 3u]).x; }
  return quad;
}

// How many of the four elements from k on are below end.
fn rest(k: u32, end: u32) -> u32 { return min(max(end, k) - k, 4u); }

// c + a·m: four products for each of four columns.
fn multiplyAdd(c: vec4<f32>, a: vec4<f32>, m: mat4x4<f32>) -> vec4<f32> {
  return fma(a.xxxx, m[0], fma(a.yyyy, m[1], fma(a.zzzz, m[2], fma(a.wwww, m[3], c))));
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = group.y * 8u * SIDE;
  let firstColumn = group.x * 8u * SIDE;
  let lastColumn = min(firstColumn + 8u * SIDE, sizes.latents) - 1u;
  let lastBlock = latents[sizes.firstLatent + lastColumn].block;
  var c00 = vec4<f32>(); var c01 = vec4<f32>();
  var c10 = vec4<f32>(); var c11 = vec4<f32>();
  var c20 = vec4<f32>(); var c21 = vec4<f32>();
  var c30 = vec4<f32>(); var c31 = vec4<f32>();
  var c40 = vec4<f32>(); var c41 = vec4<f32>();
  var c50 = vec4<f32>(); var c51 = vec4<f32>();
  var c60 = vec4<f32>(); var c61 = vec4<f32>();
  var c70 = vec4<f32>(); var c71 = vec4<f32>();
  for (var j = latents[sizes.firstLatent + firstColumn].block; j <= lastBlock; j++) {
    for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
      for (var n = lane; n < 8u * SIDE * DEPTH; n += SIDE * SIDE) {
        let q = n % DEPTH;
        let k = k0 + 4u * q;
        let row = min(firstRow + n / DEPTH, sizes.rows - 1u) + sizes.firstRow;
        let column = min(firstColumn + n / DEPTH, lastColumn);
        let mine = latents[sizes.firstLatent + column].block == j;
        let valid = rest(k, sizes.d);
        rowTile[q].at[n / DEPTH / SIDE][n / DEPTH % SIDE] = sumsQuad((j * sizes.B + row) * sizes.d + k, valid);
        columnTile[q].at[n / DEPTH / SIDE][n / DEPTH % SIDE] =
          decoderQuad(column * sizes.d + k, select(0u, valid, mine));
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
  }
  var tile = array<vec4<f32>, 16>(
    c00, c01, c10, c11, c20, c21, c30, c31,
    c40, c41, c50, c51, c60, c61, c70, c71,
  );
  for (var n = 0u; n < 64u; n++) {
    let row = firstRow + local.y + SIDE * (n / 8u);
    let column = firstColumn + local.x + SIDE * (n % 8u);
    if (row < sizes.rows && column < sizes.latents) {
      let latent = latents[sizes.firstLatent + column];
      let f = activations[row * sizes.N + sizes.firstLatent + column];
      let slope = penaltySlope(abs(f) * latent.norm);
      let gradient = tile[n / 4u][n % 4u] + latent.omega * slope * sign(f) * latent.norm;
      preGradient[row * sizes.N + sizes.firstLatent + column] =
        select(0.0, gradient, IDENTITY || f != 0.0);
    }
  }
}
