// ∂D_i = Σ_b f_bi G_m(i),b + pull_i D_i. With BLOCKED off, out_i = Σ_b f_bi G_b: so encoderGradient
// makes ∂E of ∂pre and x.
//
// f [B, N] with i running fastest, G [P, B, d] with k running fastest; D and ∂D [latents, d].
// A workgroup computes a tile of 8·SIDE latents × 8·SIDE features, rows of the batch in steps of
// DEPTH through workgroup memory; thread (x, y) holds latents 4·y … 4·y + 3 and features 4·x …
// 4·x + 3, and in both the same 4·SIDE further on. A tile that crosses from one block to the next
// goes over the batch once per block, with the latents of the others at 0.
// D and ∂D may be a slice of the latents, f of the rows.

const SIDE: u32 = 8u;
// Rows of the batch in a tile: sixteen take 16,384 bytes at SIDE 16.
const DEPTH: u32 = 16u;
// vec4<f32> and 4 where N is a multiple of four, else f32 and 1.
alias Latents = vec4<f32>;
const LATENT_WIDTH: u32 = 4u;
// The same for d.
alias Features = vec4<f32>;
const WIDTH: u32 = 4u;
const BLOCKED: bool = true;
// Whether this part of the batch adds to the parts before.
const ADDS: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32,
}

// What a latent's gradients need besides its rows.
struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n once it is known.
  norm: f32, pull: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<Latents>;
@group(0) @binding(2) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(3) var<storage, read> decoder: array<f32>;
@group(0) @binding(4) var<storage, read> latents: array<Latent>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;

var<workgroup> rowTile: array<array<array<vec4<f32>, SIDE>, 2>, DEPTH>;
var<workgroup> columnTile: array<array<array<vec4<f32>, SIDE>, 2>, DEPTH>;

// Four activations from `at` on, zeros past the first `valid`.
fn activationQuad(at: u32, valid: u32) -> vec4<f32> {
  if (LATENT_WIDTH == 4u) {
    if (valid == 0u) { return vec4<f32>(); }
    return vec4<f32>(activations[at / 4u]);
  }
  var quad = vec4<f32>();
  if (valid > 0u) { quad.x = vec4<f32>(activations[at]).x; }
  if (valid > 1u) { quad.y = vec4<f32>(activations[at + 1u]).x; }
  if (valid > 2u) { quad.z = vec4<f32>(activations[at + 2u]).x; }
  if (valid > 3u) { quad.w = vec4<f32>(activations[at + 3u]).x; }
  return quad;
}

// The same of G.
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

// How many of the four elements from k on are below end.
fn rest(k: u32, end: u32) -> u32 { return min(max(end, k) - k, 4u); }

fn blockOf(latent: u32) -> u32 {
  if (BLOCKED) { return latents[sizes.firstLatent + latent].block; }
  return 0u;
}

// Which of the four latents from i on are of block j, as factors.
fn ofBlock(i: u32, j: u32) -> vec4<f32> {
  var mask = vec4<f32>();
  for (var c = 0u; c < 4u; c++) {
    let latent = min(i + c, sizes.latents - 1u);
    mask[c] = select(0.0, 1.0, blockOf(latent) == j);
  }
  return mask;
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = group.y * 8u * SIDE;
  let firstColumn = group.x * 8u * SIDE;
  let firstBlock = blockOf(firstRow);
  let lastBlock = blockOf(min(firstRow + 8u * SIDE, sizes.latents) - 1u);
  var c00 = vec4<f32>(); var c01 = vec4<f32>();
  var c10 = vec4<f32>(); var c11 = vec4<f32>();
  var c20 = vec4<f32>(); var c21 = vec4<f32>();
  var c30 = vec4<f32>(); var c31 = vec4<f32>();
  var c40 = vec4<f32>(); var c41 = vec4<f32>();
  var c50 = vec4<f32>(); var c51 = vec4<f32>();
  var c60 = vec4<f32>(); var c61 = vec4<f32>();
  var c70 = vec4<f32>(); var c71 = vec4<f32>();
  for (var j = firstBlock; j <= lastBlock; j++) {
    for (var b0 = 0u; b0 < sizes.rows; b0 += DEPTH) {
      for (var n = lane; n < 2u * SIDE * DEPTH; n += SIDE * SIDE) {
        let b = b0 + n / (2u * SIDE);
        let row = firstRow + 4u * (n % (2u * SIDE));
        let column = firstColumn + 4u * (n % (2u * SIDE));
        let inside = b < sizes.rows;
        let valid = select(0u, rest(row, sizes.latents), inside);
        var quad = activationQuad(b * sizes.N + sizes.firstLatent + row, valid);
        if (firstBlock != lastBlock) { quad *= ofBlock(row, j); }
        rowTile[n / (2u * SIDE)][n / SIDE % 2u][n % SIDE] = quad;
        let wide = select(0u, rest(column, sizes.d), inside);
        columnTile[n / (2u * SIDE)][n / SIDE % 2u][n % SIDE] =
          sumsQuad((j * sizes.B + sizes.firstRow + b) * sizes.d + column, wide);
      }
      workgroupBarrier();
      for (var q = 0u; q < DEPTH; q++) {
        let a0 = rowTile[q][0][local.y];
        let a1 = rowTile[q][1][local.y];
        let b0 = columnTile[q][0][local.x];
        let b1 = columnTile[q][1][local.x];
        c00 = fma(a0.xxxx, b0, c00); c01 = fma(a0.xxxx, b1, c01);
        c10 = fma(a0.yyyy, b0, c10); c11 = fma(a0.yyyy, b1, c11);
        c20 = fma(a0.zzzz, b0, c20); c21 = fma(a0.zzzz, b1, c21);
        c30 = fma(a0.wwww, b0, c30); c31 = fma(a0.wwww, b1, c31);
        c40 = fma(a1.xxxx, b0, c40); c41 = fma(a1.xxxx, b1, c41);
        c50 = fma(a1.yyyy, b0, c50); c51 = fma(a1.yyyy, b1, c51);
        c60 = fma(a1.zzzz, b0, c60); c61 = fma(a1.zzzz, b1, c61);
        c70 = fma(a1.wwww, b0, c70); c71 = fma(a1.wwww, b1, c71);
      }
      workgroupBarrier();
    }
  }
  var tile = array<vec4<f32>, 16>(
    c00, c01, c10, c11, c20, c21, c30, c31,
    c40, c41, c50, c51, c60, c61, c70, c71,
  );
  for (var n = 0u; n < 64u; n++) {
    let i = firstRow + 4u * local.y + 4u * SIDE * (n / 32u) + (n / 8u) % 4u;
    let k = firstColumn + 4u * local.x + 4u * SIDE * ((n / 4u) % 2u) + n % 4u;
    if (i < sizes.latents && k < sizes.d) {
      var value = tile[n / 4u][n % 4u];
      if (ADDS) { value += gradient[i * sizes.d + k]; } else if (BLOCKED) {
        value += latents[sizes.firstLatent + i].pull * decoder[i * sizes.d + k];
      }
      gradient[i * sizes.d + k] = value;
    }
  }
}
