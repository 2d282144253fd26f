// The pre-activations ⟨x_b, E_i⟩ + b_i of the dead latents, as keys that ascend with them: keys_b,n is that of the n-th
// dead latent, and 0 where it may not be kept.
//
// x [B, d], E [latents, d], both with k running fastest; keys [rows, N], of which deadCount columns are used. Tiles as
// in encode.wgsl, and as there E may be a slice of the latents, and the rows a part of the batch. Workgroups past the
// last dead latent have nothing to do.
// modules: features, ordered_key, tile_epilogue, tile_loop

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile.
const DEPTH: u32 = 2u;
// Whether only values above 0 may be kept.
const RECTIFIED: bool = true;

struct Sizes { rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> dead: array<u32>;
@group(0) @binding(5) var<storage, read> deadCount: array<u32>;
@group(0) @binding(6) var<storage, read_write> keys: array<u32>;

fn rowQuad(at: u32) -> vec4<f32> {
  return quadOf(input[at], input[at + 1u], input[at + 2u], input[at + 3u]);
}

fn latentQuad(at: u32) -> vec4<f32> {
  return quadOf(encoder[at], encoder[at + 1u], encoder[at + 2u], encoder[at + 3u]);
}

// The latent of a column, from the first of the slice on. One before the first wraps, and is then past the last.
fn ownLatent(column: u32) -> u32 { return dead[column] - sizes.firstLatent; }

fn finishOne(sum: f32, row: u32, column: u32) {
  if (column >= deadCount[0]) { return; }
  let i = ownLatent(column);
  if (i >= sizes.latents) { return; }
  let pre = sum + encoderBias[sizes.firstLatent + i];
  keys[row * sizes.N + column] = select(0u, keyOf(pre), !RECTIFIED || pre > 0.0);
}

fn finish(sums: vec4<f32>, row: u32, column: u32) {
  if (row >= sizes.rows) { return; }
  finishOne(sums.x, row, column);
  finishOne(sums.y, row, column + 1u);
  finishOne(sums.z, row, column + 2u);
  finishOne(sums.w, row, column + 3u);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  if (first.y >= deadCount[0]) { return; }
  let lastColumn = min(first.y + 8u * SIDE, deadCount[0]) - 1u;
  // Dead latents ascend.
  let end = sizes.firstLatent + sizes.latents;
  if (dead[lastColumn] < sizes.firstLatent || dead[first.y] >= end) { return; }
  var share = shareOf(local, first, vec2<u32>(sizes.rows - 1u, lastColumn));
  // Of latents of other slices any row may be loaded: the result is not stored.
  let own = min(vec2<u32>(ownLatent(share.columns.x), ownLatent(share.columns.y)), vec2<u32>(sizes.latents - 1u));
  share.at = vec4<u32>(share.at.xy, own * (sizes.d / WIDTH) + share.k / WIDTH);
  var c: Products;
  addProducts(share, 0u, local, &c);
  finishTile(&c, first.x + 4u * local.y, first.y + 4u * local.x);
}
