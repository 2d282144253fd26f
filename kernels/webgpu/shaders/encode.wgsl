// f = act(x Eᵀ + b): x [B, d], E [latents, d], both with k running fastest, f [rows, N].
//
// A workgroup computes a tile of 8·SIDE rows × 8·SIDE latents; see modules/tile_loop.wgsl. E may be a slice of
// the latents, and the rows a part of the batch.
// modules: activation, features, row_end, tile_loop, written_latents

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: four need 16,640 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// Whether rows and latents fill every tile.
const FULL: bool = false;

struct Sizes { rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> threshold: array<f32>;
@group(0) @binding(5) var<storage, read_write> activations: array<Latents>;

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

// Where a thread's quads are: its first row, its first latents of the slice in both halves, and in f the first of
// them and the distance of its rows. Read once, because a compiler would read sizes again for every row.
struct Own { row: u32, near: u32, far: u32, at: u32, rowLatents: u32, rows: u32, latents: u32, firstLatent: u32 }

// Activates and stores four latents from i on, at n.
fn finishQuad(sum: vec4<f32>, bias: vec4<f32>, n: u32, i: u32, own: Own) {
  if (!FULL && i >= own.latents) { return; }
  let pre = sum + bias;
  let latent = own.firstLatent + i;
  let f = vec4<f32>(
    activate(pre.x, latent), activate(pre.y, latent + 1u), activate(pre.z, latent + 2u), activate(pre.w, latent + 3u),
  );
  activations[n] = latentsOf(f);
  if (LATENT_WIDTH == 4u) { return; }
  let at = n + endPlaces(own.latents - i);
  let v = repeatLast(f, own.latents - i);
  activations[at.y] = Latents(v.y); activations[at.z] = Latents(v.z); activations[at.w] = Latents(v.w);
}

// Finishes row r of a thread's eight.
fn finishRow(r: u32, near: vec4<f32>, far: vec4<f32>, own: Own, c: ptr<function, Products>) {
  let row = r % 4u + 4u * SIDE * (r / 4u);
  if (!FULL && own.row + row >= own.rows) { return; }
  let n = (own.at + row * own.rowLatents) / LATENT_WIDTH;
  finishQuad((*c)[2u * r], near, n, own.near, own);
  finishQuad((*c)[2u * r + 1u], far, n + 4u * SIDE / LATENT_WIDTH, own.far, own);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  let share = shareOf(local, first, vec2<u32>(sizes.rows, sizes.latents) - 1u);
  var c: Products;
  addProducts(share, 0u, local, &c);
  let row = first.x + 4u * local.y;
  let i = first.y + 4u * local.x;
  let firstLatent = sizes.firstLatent;
  let at = row * sizes.N + firstLatent + i;
  let own = Own(row, i, i + 4u * SIDE, at, sizes.N, sizes.rows, sizes.latents, firstLatent);
  let near = biases(firstLatent + own.near);
  let far = biases(firstLatent + own.far);
  finishRow(0u, near, far, own, &c); finishRow(1u, near, far, own, &c);
  finishRow(2u, near, far, own, &c); finishRow(3u, near, far, own, &c);
  finishRow(4u, near, far, own, &c); finishRow(5u, near, far, own, &c);
  finishRow(6u, near, far, own, &c); finishRow(7u, near, far, own, &c);
}
