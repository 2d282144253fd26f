// ∂D_i = Σ_b f_bi G_m(i),b + pull_i D_i. With BLOCKED off, out_i = Σ_b f_bi G_b: so encoderGradient
// makes ∂E of ∂pre and x.
//
// f [B, N] with i running fastest, G [P, B, d] with k running fastest; D and ∂D [latents, d].
// A workgroup computes a tile of 8·SIDE latents × 8·SIDE features, SIDE rows of the batch at a time through
// workgroup memory, the next ones loaded meanwhile; see modules/tile_products.wgsl. A tile that crosses from
// one block to the next goes over the batch once per block, with the latents of the others at 0. D and ∂D may
// be a slice of the latents, f a part of the rows.
// modules: activation_quads, features, latent, tile_epilogue

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of the batch's rows in a tile: as many as its threads bring at two rows each; 16,384 bytes at SIDE 16.
const DEPTH: u32 = SIDE / 4u;
const BLOCKED: bool = true;
// Whether this part of the batch adds to the parts before.
const ADDS: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<Latents>;
@group(0) @binding(2) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(3) var<storage, read> decoder: array<f32>;
@group(0) @binding(4) var<storage, read> latents: array<Latent>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;

struct Line { at: array<array<vec4<f32>, SIDE>, 2> }

// Four elements of G from element `at` on; undefined past the end of its row.
fn sumsQuad(at: u32) -> vec4<f32> {
  let n = at / WIDTH;
  return quadOf(reverseSums[n], reverseSums[n + 1u], reverseSums[n + 2u], reverseSums[n + 3u]);
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

// Puts a quad of latents and one of features of row `at` of a step into the tiles: zeros past the batch's end.
fn bring(at: u32, quad: u32, f: vec4<f32>, g: vec4<f32>, inside: bool) {
  tiles[0][at / 4u][at % 4u].at[quad / SIDE][quad % SIDE] = select(vec4<f32>(), f, inside);
  tiles[1][at / 4u][at % 4u].at[quad / SIDE][quad % SIDE] = select(vec4<f32>(), g, inside);
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
  // A thread brings the same four latents and features of rows b and b + SIDE / 2 of a step.
  const HALF = SIDE / 2u;
  let quad = lane % (2u * SIDE);
  let b = lane / (2u * SIDE);
  let row = firstRow + 4u * quad;
  let column = firstColumn + 4u * quad;
  var c: Products;
  for (var j = firstBlock; j <= lastBlock; j++) {
    var mask = vec4<f32>(1.0);
    if (firstBlock != lastBlock) { mask = ofBlock(row, j); }
    var f0: vec4<f32>; var f1: vec4<f32>; var g0: vec4<f32>; var g1: vec4<f32>;
    g1 = sumsQuad((j * sizes.B + sizes.firstRow + b + HALF) * sizes.d + column);
    f1 = activationQuad((b + HALF) * sizes.N + sizes.firstLatent + row);
    g0 = sumsQuad((j * sizes.B + sizes.firstRow + b) * sizes.d + column);
    f0 = activationQuad(b * sizes.N + sizes.firstLatent + row);
    for (var b0 = 0u; b0 < sizes.rows; b0 += SIDE) {
      bring(b, quad, f0 * mask, g0, b0 + b < sizes.rows);
      bring(b + HALF, quad, f1 * mask, g1, b0 + b + HALF < sizes.rows);
      workgroupBarrier();
      if (b0 + SIDE < sizes.rows) {
        g1 = sumsQuad((j * sizes.B + sizes.firstRow + b0 + SIDE + b + HALF) * sizes.d + column);
        f1 = activationQuad((b0 + SIDE + b + HALF) * sizes.N + sizes.firstLatent + row);
        g0 = sumsQuad((j * sizes.B + sizes.firstRow + b0 + SIDE + b) * sizes.d + column);
        f0 = activationQuad((b0 + SIDE + b) * sizes.N + sizes.firstLatent + row);
      }
      for (var q = 0u; q < DEPTH; q++) {
        multiplyAdd(q, 0u, local, &c); multiplyAdd(q, 1u, local, &c);
        multiplyAdd(q, 2u, local, &c); multiplyAdd(q, 3u, local, &c);
      }
      workgroupBarrier();
    }
  }
  finishTile(&c, firstRow + 4u * local.y, firstColumn + 4u * local.x);
}
