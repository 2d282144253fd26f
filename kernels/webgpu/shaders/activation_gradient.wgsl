// ∂pre_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i where f_bi ≠ 0, else 0; at 0 the
// identity activation has the first term.
//
// G [P, B, d], D [latents, d], both with k running fastest; f and ∂pre [B, N].
// Tiles as in encode.wgsl, and as there D may be a slice of the latents, f and ∂pre a part of the rows. A tile
// that crosses from one block to the next goes over k once per block, and each time stores the latents from that
// block on.
// modules: activation_quads, features, latent, penalty, row_end, tile_loop, written_latents

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: four need 16,640 bytes at SIDE 16.
const DEPTH: u32 = 2u;
// Whether the activation is the identity.
const IDENTITY: bool = false;
// Whether rows and latents fill every tile.
const FULL: bool = false;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32, epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(2) var<storage, read> decoder: array<Features>;
@group(0) @binding(3) var<storage, read> latents: array<Latent>;
@group(0) @binding(4) var<storage, read> activations: array<Latents>;
@group(0) @binding(5) var<storage, read_write> preGradient: array<Latents>;

fn rowQuad(at: u32) -> vec4<f32> {
  return quadOf(reverseSums[at], reverseSums[at + 1u], reverseSums[at + 2u], reverseSums[at + 3u]);
}

fn latentQuad(at: u32) -> vec4<f32> {
  return quadOf(decoder[at], decoder[at + 1u], decoder[at + 2u], decoder[at + 3u]);
}

// What a gradient needs of four latents. Weights and penalties of latents past the last are never stored.
struct Four { blocks: vec4<u32>, omega: vec4<f32>, weight: vec4<f32> }

fn fourFrom(i: u32) -> Four {
  let at = sizes.firstLatent + i;
  let a = latents[at]; let b = latents[at + 1u]; let c = latents[at + 2u]; let d = latents[at + 3u];
  let weight = vec4<f32>(
    penaltyWeight(a.norm), penaltyWeight(b.norm), penaltyWeight(c.norm), penaltyWeight(d.norm),
  );
  let blocks = vec4<u32>(a.block, b.block, c.block, d.block);
  return Four(blocks, vec4<f32>(a.omega, b.omega, c.omega, d.omega), weight);
}

fn slopeOf(f: f32, weight: f32) -> f32 { return penaltySlope(abs(f) * weight, sizes.epsilon); }

fn gradientAt(n: u32) -> vec4<f32> {
  if (LATENT_WIDTH == 4u) { return vec4<f32>(preGradient[n]); }
  return vec4<f32>(
    vec4<f32>(preGradient[n]).x, vec4<f32>(preGradient[n + 1u]).x,
    vec4<f32>(preGradient[n + 2u]).x, vec4<f32>(preGradient[n + 3u]).x,
  );
}

// Stores the gradients of four latents from i on, at n; those of blocks before j are there already.
fn finishQuad(sum: vec4<f32>, n: u32, i: u32, j: u32, firstBlock: u32, four: Four) {
  if (!FULL && i >= sizes.latents) { return; }
  let f = activationsAt(n);
  let w = four.weight;
  let slope = vec4<f32>(slopeOf(f.x, w.x), slopeOf(f.y, w.y), slopeOf(f.z, w.z), slopeOf(f.w, w.w));
  let all = sum + four.omega * slope * sign(f) * w;
  var gradient = select(vec4<f32>(), all, vec4<bool>(IDENTITY) | (f != vec4<f32>()));
  if (j > firstBlock) { gradient = select(gradient, gradientAt(n), four.blocks < vec4<u32>(j)); }
  preGradient[n] = latentsOf(gradient);
  if (LATENT_WIDTH == 4u) { return; }
  let at = n + endPlaces(sizes.latents - i);
  let v = repeatLast(gradient, sizes.latents - i);
  preGradient[at.y] = Latents(v.y); preGradient[at.z] = Latents(v.z); preGradient[at.w] = Latents(v.w);
}

// Where a thread's quads are: its first row, its first latents in both halves, and in ∂pre the first of them and the
// distance of its rows.
struct Own { row: u32, near: u32, far: u32, at: u32, rowLatents: u32 }

// Finishes row r of a thread's eight.
fn finishRow(
  r: u32, own: Own, j: u32, firstBlock: u32, near: Four, far: Four, c: ptr<function, Products>,
) {
  let row = r % 4u + 4u * SIDE * (r / 4u);
  if (!FULL && own.row + row >= sizes.rows) { return; }
  let n = (own.at + row * own.rowLatents) / LATENT_WIDTH;
  finishQuad((*c)[2u * r], n, own.near, j, firstBlock, near);
  finishQuad((*c)[2u * r + 1u], n + 4u * SIDE / LATENT_WIDTH, own.far, j, firstBlock, far);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  let lastColumn = min(first.y + 8u * SIDE, sizes.latents) - 1u;
  let firstBlock = latents[sizes.firstLatent + first.y].block;
  let lastBlock = latents[sizes.firstLatent + lastColumn].block;
  let share = shareOf(local, first, vec2<u32>(sizes.rows - 1u, lastColumn));
  let row = first.x + 4u * local.y;
  let column = first.y + 4u * local.x;
  let own = Own(row, column, column + 4u * SIDE, row * sizes.N + sizes.firstLatent + column, sizes.N);
  for (var j = firstBlock; j <= lastBlock; j++) {
    // naga sets a variable without a value to zero once, not in every pass.
    var c = Products();
    addProducts(share, j * sizes.B * (sizes.d / WIDTH), local, &c);
    let near = fourFrom(own.near);
    let far = fourFrom(own.far);
    finishRow(0u, own, j, firstBlock, near, far, &c); finishRow(1u, own, j, firstBlock, near, far, &c);
    finishRow(2u, own, j, firstBlock, near, far, &c); finishRow(3u, own, j, firstBlock, near, far, &c);
    finishRow(4u, own, j, firstBlock, near, far, &c); finishRow(5u, own, j, firstBlock, near, far, &c);
    finishRow(6u, own, j, firstBlock, near, far, &c); finishRow(7u, own, j, firstBlock, near, far, &c);
  }
}
