// ∂D_i = Σ_b f_bi G_m(i),b + pull_i D_i. With BLOCKED off, out_i = Σ_b f_bi G_b: so encoderGradient
// makes ∂E of ∂pre and x.
//
// f [B, N] with i running fastest, G [P, B, d] with k running fastest; D and ∂D [latents, d].
// A workgroup computes a tile of 8·SIDE latents × 8·SIDE features, rows of the batch in steps of
// DEPTH through workgroup memory, the next on their way meanwhile; thread (x, y) holds latents 4·y … 4·y + 3 and features 4·x …
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

// Places that are constant need no bounds check and are part of a load's instruction.
var<workgroup> rowTile: array<array<array<array<vec4<f32>, SIDE>, 2>, 4>, DEPTH / 4u>;
var<workgroup> columnTile: array<array<array<array<vec4<f32>, SIDE>, 2>, 4>, DEPTH / 4u>;

// Four activations from `at` on; past an edge they are anything.
fn activationQuad(at: u32) -> vec4<f32> {
  if (LATENT_WIDTH == 4u) { return vec4<f32>(activations[at / 4u]); }
  return vec4<f32>(
    vec4<f32>(activations[at]).x, vec4<f32>(activations[at + 1u]).x,
    vec4<f32>(activations[at + 2u]).x, vec4<f32>(activations[at + 3u]).x,
  );
}

// The same of G.
fn sumsQuad(at: u32) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(reverseSums[at / 4u]); }
  return vec4<f32>(
    vec4<f32>(reverseSums[at]).x, vec4<f32>(reverseSums[at + 1u]).x,
    vec4<f32>(reverseSums[at + 2u]).x, vec4<f32>(reverseSums[at + 3u]).x,
  );
}

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

alias Products = array<vec4<f32>, 16>;

fn multiplyAdd(q: u32, j: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let a0 = rowTile[q][j][0][local.y];
  let a1 = rowTile[q][j][1][local.y];
  let b0 = columnTile[q][j][0][local.x];
  let b1 = columnTile[q][j][1][local.x];
  (*c)[0] = fma(a0.xxxx, b0, (*c)[0]); (*c)[1] = fma(a0.xxxx, b1, (*c)[1]);
  (*c)[2] = fma(a0.yyyy, b0, (*c)[2]); (*c)[3] = fma(a0.yyyy, b1, (*c)[3]);
  (*c)[4] = fma(a0.zzzz, b0, (*c)[4]); (*c)[5] = fma(a0.zzzz, b1, (*c)[5]);
  (*c)[6] = fma(a0.wwww, b0, (*c)[6]); (*c)[7] = fma(a0.wwww, b1, (*c)[7]);
  (*c)[8] = fma(a1.xxxx, b0, (*c)[8]); (*c)[9] = fma(a1.xxxx, b1, (*c)[9]);
  (*c)[10] = fma(a1.yyyy, b0, (*c)[10]); (*c)[11] = fma(a1.yyyy, b1, (*c)[11]);
  (*c)[12] = fma(a1.zzzz, b0, (*c)[12]); (*c)[13] = fma(a1.zzzz, b1, (*c)[13]);
  (*c)[14] = fma(a1.wwww, b0, (*c)[14]); (*c)[15] = fma(a1.wwww, b1, (*c)[15]);
}

fn finishOne(value: f32, i: u32, k: u32) {
  let at = i * sizes.d + k;
  if (ADDS) { gradient[at] += value; } else if (BLOCKED) {
    gradient[at] = value + latents[sizes.firstLatent + i].pull * decoder[at];
  } else { gradient[at] = value; }
}

fn finish(value: vec4<f32>, i: u32, k: u32) {
  if (i >= sizes.latents || k >= sizes.d) { return; }
  finishOne(value.x, i, k);
  if (WIDTH == 4u || k + 1u < sizes.d) { finishOne(value.y, i, k + 1u); }
  if (WIDTH == 4u || k + 2u < sizes.d) { finishOne(value.z, i, k + 2u); }
  if (WIDTH == 4u || k + 3u < sizes.d) { finishOne(value.w, i, k + 3u); }
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
  // A thread brings the same four latents and features of rows b and b + SIDE / 2, and so on.
  let quad = lane % (2u * SIDE);
  let b = lane / (2u * SIDE);
  let row = firstRow + 4u * quad;
  let column = firstColumn + 4u * quad;
  var c: Products;
  for (var j = firstBlock; j <= lastBlock; j++) {
    var mask = vec4<f32>(1.0);
    if (firstBlock != lastBlock) { mask = ofBlock(row, j); }
    var f0: vec4<f32>; var f1: vec4<f32>; var g0: vec4<f32>; var g1: vec4<f32>;
      g1 = sumsQuad((j * sizes.B + sizes.firstRow + 0u + b + 1u * (SIDE / 2u)) * sizes.d + column);
      f1 = activationQuad((0u + b + 1u * (SIDE / 2u)) * sizes.N + sizes.firstLatent + row);
      g0 = sumsQuad((j * sizes.B + sizes.firstRow + 0u + b + 0u * (SIDE / 2u)) * sizes.d + column);
      f0 = activationQuad((0u + b + 0u * (SIDE / 2u)) * sizes.N + sizes.firstLatent + row);
    for (var b0 = 0u; b0 < sizes.rows; b0 += DEPTH) {
      if (0u < 2u * DEPTH / SIDE) {
        let at = b + 0u * (SIDE / 2u);
        let inside = b0 + at < sizes.rows;
        rowTile[at / 4u][at % 4u][quad / SIDE][quad % SIDE] = select(vec4<f32>(), f0 * mask, inside);
        columnTile[at / 4u][at % 4u][quad / SIDE][quad % SIDE] = select(vec4<f32>(), g0, inside);
      }
      if (1u < 2u * DEPTH / SIDE) {
        let at = b + 1u * (SIDE / 2u);
        let inside = b0 + at < sizes.rows;
        rowTile[at / 4u][at % 4u][quad / SIDE][quad % SIDE] = select(vec4<f32>(), f1 * mask, inside);
        columnTile[at / 4u][at % 4u][quad / SIDE][quad % SIDE] = select(vec4<f32>(), g1, inside);
      }
      workgroupBarrier();
      if (b0 + DEPTH < sizes.rows) {
          g1 = sumsQuad((j * sizes.B + sizes.firstRow + b0 + DEPTH + b + 1u * (SIDE / 2u)) * sizes.d + column);
          f1 = activationQuad((b0 + DEPTH + b + 1u * (SIDE / 2u)) * sizes.N + sizes.firstLatent + row);
          g0 = sumsQuad((j * sizes.B + sizes.firstRow + b0 + DEPTH + b + 0u * (SIDE / 2u)) * sizes.d + column);
          f0 = activationQuad((b0 + DEPTH + b + 0u * (SIDE / 2u)) * sizes.N + sizes.firstLatent + row);
      }
      for (var q = 0u; q < DEPTH / 4u; q++) {
        multiplyAdd(q, 0u, local, &c); multiplyAdd(q, 1u, local, &c); multiplyAdd(q, 2u, local, &c); multiplyAdd(q, 3u, local, &c);
      }
      workgroupBarrier();
    }
  }
  let i = firstRow + 4u * local.y; let k = firstColumn + 4u * local.x;
  finish(c[0], i + 0u, k);
  finish(c[1], i + 0u, k + 4u * SIDE);
  finish(c[2], i + 1u, k);
  finish(c[3], i + 1u, k + 4u * SIDE);
  finish(c[4], i + 2u, k);
  finish(c[5], i + 2u, k + 4u * SIDE);
  finish(c[6], i + 3u, k);
  finish(c[7], i + 3u, k + 4u * SIDE);
  finish(c[8], i + 4u * SIDE + 0u, k);
  finish(c[9], i + 4u * SIDE + 0u, k + 4u * SIDE);
  finish(c[10], i + 4u * SIDE + 1u, k);
  finish(c[11], i + 4u * SIDE + 1u, k + 4u * SIDE);
  finish(c[12], i + 4u * SIDE + 2u, k);
  finish(c[13], i + 4u * SIDE + 2u, k + 4u * SIDE);
  finish(c[14], i + 4u * SIDE + 3u, k);
  finish(c[15], i + 4u * SIDE + 3u, k + 4u * SIDE);
}
