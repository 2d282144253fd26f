// ∂pre_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i where f_bi ≠ 0, else 0; at 0 the
// identity activation has the first term.
//
// G [P, B, d], D [latents, d], both with k running fastest; f and ∂pre [B, N].
// Tiles as in encode.wgsl, and as there D may be a slice of the latents, f and ∂pre a part of the rows. A tile
// that crosses from one block to the next goes over k once per block, with the latents of the others at 0.
// modules: features, latent, penalty, tile_epilogue, tile_loop

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: four need 16,640 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// Whether the activation is the identity.
const IDENTITY: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32, epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(2) var<storage, read> decoder: array<Features>;
@group(0) @binding(3) var<storage, read> latents: array<Latent>;
@group(0) @binding(4) var<storage, read> activations: array<f32>;
@group(0) @binding(5) var<storage, read_write> preGradient: array<f32>;

fn rowQuad(at: u32) -> vec4<f32> {
  return quadOf(reverseSums[at], reverseSums[at + 1u], reverseSums[at + 2u], reverseSums[at + 3u]);
}

fn latentQuad(at: u32) -> vec4<f32> {
  return quadOf(decoder[at], decoder[at + 1u], decoder[at + 2u], decoder[at + 3u]);
}

fn finishOne(sum: f32, row: u32, column: u32) {
  if (column >= sizes.latents) { return; }
  let latent = latents[sizes.firstLatent + column];
  let f = activations[row * sizes.N + sizes.firstLatent + column];
  let weight = penaltyWeight(latent.norm);
  let slope = penaltySlope(abs(f) * weight, sizes.epsilon);
  let gradient = sum + latent.omega * slope * sign(f) * weight;
  preGradient[row * sizes.N + sizes.firstLatent + column] = select(0.0, gradient, IDENTITY || f != 0.0);
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
  @builtin(local_invocation_index) lane: u32,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  let lastColumn = min(first.y + 8u * SIDE, sizes.latents) - 1u;
  let firstBlock = latents[sizes.firstLatent + first.y].block;
  let lastBlock = latents[sizes.firstLatent + lastColumn].block;
  let share = shareOf(lane, first, vec2<u32>(sizes.rows - 1u, lastColumn));
  var blocks = vec4<u32>();
  if (share.which == 1u) {
    let rows = sizes.firstLatent + share.rows;
    blocks = vec4<u32>(
      latents[rows.x].block, latents[rows.y].block, latents[rows.z].block, latents[rows.w].block,
    );
  }
  var c: Products;
  for (var j = firstBlock; j <= lastBlock; j++) {
    let mine = vec4<bool>(share.which == 0u) | (blocks == vec4<u32>(j));
    addProducts(share, j * sizes.B * (sizes.d / WIDTH), mine, local, &c);
  }
  finishTile(&c, first.x + 4u * local.y, first.y + 4u * local.x);
}
