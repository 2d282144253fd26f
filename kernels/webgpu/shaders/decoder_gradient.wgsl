// ∂D_i = Σ_b f_bi G_m(i),b + pull_i D_i. With BLOCKED off, out_i = Σ_b f_bi G_b: so encoderGradient
// makes ∂E of ∂pre and x.
//
// f [B, N] with i running fastest, G [P, B, d] with k running fastest; D and ∂D [latents, d].
// A workgroup computes a tile of 8·SIDE latents × 8·SIDE features, 4·DEPTH rows of the batch at a time through
// workgroup memory, the next ones loaded meanwhile; see modules/tile_products.wgsl. A tile that crosses from
// one block to the next goes over the batch once per block, and each time stores the latents of that block. D and ∂D
// may be a slice of the latents, f a part of the rows.
// modules: activation_quads, latent, row_end, tile_products, written_features

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of the batch's rows in a tile: four need 16,640 bytes at SIDE 16. At most SIDE / 4.
const DEPTH: u32 = 2u;
const BLOCKED: bool = true;
// Whether this part of the batch adds to the parts before.
const ADDS: bool = false;
// Whether the rows are a multiple of 4·DEPTH, and whether latents and features fill every tile.
const WHOLE: bool = false;
const FULL: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<Latents>;
@group(0) @binding(2) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(3) var<storage, read> decoder: array<Features>;
@group(0) @binding(4) var<storage, read> latents: array<Latent>;
@group(0) @binding(5) var<storage, read_write> gradient: array<Features>;

fn sumsAt(n: u32) -> vec4<f32> {
  return quadOf(reverseSums[n], reverseSums[n + 1u], reverseSums[n + 2u], reverseSums[n + 3u]);
}

fn gradientAt(n: u32) -> vec4<f32> {
  return quadOf(gradient[n], gradient[n + 1u], gradient[n + 2u], gradient[n + 3u]);
}

fn decoderAt(n: u32) -> vec4<f32> {
  return quadOf(decoder[n], decoder[n + 1u], decoder[n + 2u], decoder[n + 3u]);
}

// Blocks and pulls of four latents.
struct Four { blocks: vec4<u32>, pulls: vec4<f32> }

fn fourFrom(i: u32) -> Four {
  if (!BLOCKED) { return Four(); }
  let at = sizes.firstLatent + i;
  let a = latents[at]; let b = latents[at + 1u]; let c = latents[at + 2u]; let d = latents[at + 3u];
  return Four(vec4<u32>(a.block, b.block, c.block, d.block), vec4<f32>(a.pull, b.pull, c.pull, d.pull));
}

// Stores four elements from feature k on. What they are added to is read with a row's end that is undefined.
fn finishQuad(value: vec4<f32>, n: u32, k: u32, pull: f32) {
  if (!FULL && k >= sizes.d) { return; }
  var sum = value;
  if (ADDS) { sum = gradientAt(n) + value; } else if (BLOCKED) { sum = value + pull * decoderAt(n); }
  gradient[n] = featuresOf(sum);
  if (WIDTH == 4u) { return; }
  let at = n + endPlaces(sizes.d - k);
  let v = repeatLast(sum, sizes.d - k);
  gradient[at.y] = Features(v.y); gradient[at.z] = Features(v.z); gradient[at.w] = Features(v.w);
}

// Stores row r of a thread's eight, latent i, if it is of block j.
fn finishRow(r: u32, i: u32, k: u32, j: u32, four: Four, c: ptr<function, Products>) {
  if (!FULL && i >= sizes.latents) { return; }
  if (BLOCKED && four.blocks[r % 4u] != j) { return; }
  let n = i * (sizes.d / WIDTH) + k / WIDTH;
  let pull = four.pulls[r % 4u];
  finishQuad((*c)[2u * r], n, k, pull);
  finishQuad((*c)[2u * r + 1u], n + 4u * SIDE / WIDTH, k + 4u * SIDE, pull);
}

fn finish(i: u32, k: u32, j: u32, c: ptr<function, Products>) {
  let near = fourFrom(i);
  let far = fourFrom(i + 4u * SIDE);
  finishRow(0u, i, k, j, near, c); finishRow(1u, i + 1u, k, j, near, c);
  finishRow(2u, i + 2u, k, j, near, c); finishRow(3u, i + 3u, k, j, near, c);
  const FAR = 4u * SIDE;
  finishRow(4u, i + FAR, k, j, far, c); finishRow(5u, i + FAR + 1u, k, j, far, c);
  finishRow(6u, i + FAR + 2u, k, j, far, c); finishRow(7u, i + FAR + 3u, k, j, far, c);
}

fn blockOf(latent: u32) -> u32 {
  if (BLOCKED) { return latents[sizes.firstLatent + latent].block; }
  return 0u;
}

// Row k of a step.
fn addRow(k: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let b0 = tiles[local.x].at[1][0][k]; let b1 = tiles[local.x].at[1][1][k];
  addOne(tiles[local.y].at[0][0][k], tiles[local.y].at[0][1][k], b0, b1, c);
}

fn addQuad(k: u32, local: vec3<u32>, c: ptr<function, Products>) {
  addRow(k, local, c); addRow(k + 1u, local, c); addRow(k + 2u, local, c); addRow(k + 3u, local, c);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let firstRow = group.y * 8u * SIDE;
  let firstColumn = group.x * 8u * SIDE;
  let firstBlock = blockOf(firstRow);
  let lastBlock = blockOf(min(firstRow + 8u * SIDE, sizes.latents) - 1u);
  const STEP = 4u * DEPTH;
  // A thread brings row local.y of a step: latents and features of its place in both halves. At a small DEPTH there are
  // more threads than rows.
  let b = local.y;
  let brings = STEP == SIDE || b < STEP;
  let rows = sizes.rows;
  let rowLatents = sizes.N / LATENT_WIDTH;
  let rowFeatures = sizes.d / WIDTH;
  const FAR_LATENTS = 4u * SIDE / LATENT_WIDTH;
  const FAR_FEATURES = 4u * SIDE / WIDTH;
  let f = (b * sizes.N + sizes.firstLatent + firstRow + 4u * local.x) / LATENT_WIDTH;
  for (var j = firstBlock; j <= lastBlock; j++) {
    let g = (j * sizes.B + sizes.firstRow + b) * rowFeatures + (firstColumn + 4u * local.x) / WIDTH;
    // naga sets a variable without a value to zero once, not in every pass.
    var c = Products();
    var f0: vec4<f32>; var f1: vec4<f32>; var g0: vec4<f32>; var g1: vec4<f32>;
    if (brings) {
      g1 = sumsAt(g + FAR_FEATURES); g0 = sumsAt(g);
      f1 = activationsAt(f + FAR_LATENTS); f0 = activationsAt(f);
    }
    for (var b0 = 0u; b0 < rows; b0 += STEP) {
      if (brings) {
        let inside = WHOLE || b0 + b < rows;
        tiles[local.x].at[0][0][b] = select(vec4<f32>(), f0, inside);
        tiles[local.x].at[0][1][b] = select(vec4<f32>(), f1, inside);
        tiles[local.x].at[1][0][b] = select(vec4<f32>(), g0, inside);
        tiles[local.x].at[1][1][b] = select(vec4<f32>(), g1, inside);
      }
      workgroupBarrier();
      let next = b0 + STEP;
      if (next < rows) {
        if (brings) {
          let ownG = g + next * rowFeatures;
          let ownF = f + next * rowLatents;
          f0 = activationsAt(ownF); f1 = activationsAt(ownF + FAR_LATENTS);
          g0 = sumsAt(ownG); g1 = sumsAt(ownG + FAR_FEATURES);
        }
      }
      addQuad(0u, local, &c); addQuad(4u, local, &c);
      if (DEPTH == 4u) { addQuad(8u, local, &c); addQuad(12u, local, &c); }
      workgroupBarrier();
    }
    finish(firstRow + 4u * local.y, firstColumn + 4u * local.x, j, &c);
  }
}
