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
// Whether d is a multiple of 4·DEPTH.
const WHOLE: bool = false;
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

// A k of a tile, and padding against bank conflicts. What indices are constant need no bounds check and are
// part of a load's instruction.
struct Line { at: array<array<vec4<f32>, SIDE>, 2>, pad: vec4<f32> }
// The tile of rows, then that of latents.
var<workgroup> tiles: array<array<array<Line, 4>, DEPTH>, 2>;

// 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

fn penaltySlope(a: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + sizes.epsilon);
}

// Four elements of G; those past the end of its row are anything.
fn sumsQuad(at: u32) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(reverseSums[at]); }
  return vec4<f32>(
    vec4<f32>(reverseSums[at]).x, vec4<f32>(reverseSums[at + 1u]).x, vec4<f32>(reverseSums[at + 2u]).x, vec4<f32>(reverseSums[at + 3u]).x,
  );
}

// Four elements of D; those past the end of its row are anything.
fn decoderQuad(at: u32) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(decoder[at]); }
  return vec4<f32>(
    vec4<f32>(decoder[at]).x, vec4<f32>(decoder[at + 1u]).x, vec4<f32>(decoder[at + 2u]).x, vec4<f32>(decoder[at + 3u]).x,
  );
}

// Zeros past the end of a row, and for the latents of other blocks.
fn inside(k: u32, value: vec4<f32>, mine: vec4<bool>) -> vec4<f32> {
  return select(vec4<f32>(), value, mine & vec4<bool>(WHOLE || k < sizes.d));
}

// Rows 4·y … and latents 4·x …, and the same 4·SIDE further on: c[2·r + h] is row r of eight, latents of half h.
alias Products = array<vec4<f32>, 16>;

fn multiplyAdd(q: u32, j: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let a0 = tiles[0][q][j].at[0][local.y];
  let a1 = tiles[0][q][j].at[1][local.y];
  let b0 = tiles[1][q][j].at[0][local.x];
  let b1 = tiles[1][q][j].at[1][local.x];
  (*c)[0] = fma(a0.xxxx, b0, (*c)[0]); (*c)[1] = fma(a0.xxxx, b1, (*c)[1]);
  (*c)[2] = fma(a0.yyyy, b0, (*c)[2]); (*c)[3] = fma(a0.yyyy, b1, (*c)[3]);
  (*c)[4] = fma(a0.zzzz, b0, (*c)[4]); (*c)[5] = fma(a0.zzzz, b1, (*c)[5]);
  (*c)[6] = fma(a0.wwww, b0, (*c)[6]); (*c)[7] = fma(a0.wwww, b1, (*c)[7]);
  (*c)[8] = fma(a1.xxxx, b0, (*c)[8]); (*c)[9] = fma(a1.xxxx, b1, (*c)[9]);
  (*c)[10] = fma(a1.yyyy, b0, (*c)[10]); (*c)[11] = fma(a1.yyyy, b1, (*c)[11]);
  (*c)[12] = fma(a1.zzzz, b0, (*c)[12]); (*c)[13] = fma(a1.zzzz, b1, (*c)[13]);
  (*c)[14] = fma(a1.wwww, b0, (*c)[14]); (*c)[15] = fma(a1.wwww, b1, (*c)[15]);
}

fn finishOne(sum: f32, row: u32, column: u32) {
  if (column >= sizes.latents) { return; }
  let latent = latents[sizes.firstLatent + column];
  let f = activations[row * sizes.N + sizes.firstLatent + column];
  let slope = penaltySlope(abs(f) * latent.norm);
  let gradient = sum + latent.omega * slope * sign(f) * latent.norm;
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
  // A thread brings a block of four rows and four k, of G or of D: with few k some threads bring none.
  const HALF = 2u * SIDE * DEPTH;
  let which = min(lane / HALF, 1u);
  let brings = lane < 2u * HALF;
  let q = lane % DEPTH;
  let quad = lane % HALF / DEPTH;
  let begins = 4u * quad + select(first.x, first.y, which == 1u);
  let last = select(sizes.rows - 1u, lastColumn, which == 1u);
  let rows = min(vec4<u32>(begins, begins + 1u, begins + 2u, begins + 3u), vec4<u32>(last));
  let at = (rows + select(sizes.firstRow, 0u, which == 1u)) * (sizes.d / WIDTH) + q * (4u / WIDTH);
  var blocks = vec4<u32>();
  if (which == 1u) {
    blocks = vec4<u32>(
      latents[sizes.firstLatent + rows.x].block, latents[sizes.firstLatent + rows.y].block,
      latents[sizes.firstLatent + rows.z].block, latents[sizes.firstLatent + rows.w].block,
    );
  }
  var r0: vec4<f32>; var r1: vec4<f32>; var r2: vec4<f32>; var r3: vec4<f32>;
  var c: Products;
  for (var j = firstBlock; j <= lastBlock; j++) {
    let mine = vec4<bool>(which == 0u) | (blocks == vec4<u32>(j));
    let start = at + select(j * sizes.B * (sizes.d / WIDTH), 0u, which == 1u);
    {
      let next = start + (0u) / WIDTH;
      if (brings) {
        if (which == 0u) {
          r0 = sumsQuad(next.x); r1 = sumsQuad(next.y); r2 = sumsQuad(next.z); r3 = sumsQuad(next.w);
        } else {
          r0 = decoderQuad(next.x); r1 = decoderQuad(next.y); r2 = decoderQuad(next.z); r3 = decoderQuad(next.w);
        }
      }
    }
    for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
      if (brings) {
        tiles[which][q][0].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 0u, vec4<f32>(r0.x, r1.x, r2.x, r3.x), mine);
        tiles[which][q][1].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 1u, vec4<f32>(r0.y, r1.y, r2.y, r3.y), mine);
        tiles[which][q][2].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 2u, vec4<f32>(r0.z, r1.z, r2.z, r3.z), mine);
        tiles[which][q][3].at[quad / SIDE][quad % SIDE] = inside(k0 + 4u * q + 3u, vec4<f32>(r0.w, r1.w, r2.w, r3.w), mine);
      }
      workgroupBarrier();
      if (k0 + 4u * DEPTH < sizes.d) {
        let next = start + (k0 + 4u * DEPTH) / WIDTH;
        if (brings) {
          if (which == 0u) {
            r0 = sumsQuad(next.x); r1 = sumsQuad(next.y); r2 = sumsQuad(next.z); r3 = sumsQuad(next.w);
          } else {
            r0 = decoderQuad(next.x); r1 = decoderQuad(next.y); r2 = decoderQuad(next.z); r3 = decoderQuad(next.w);
          }
        }
      }
      for (var n = 0u; n < DEPTH; n++) {
        multiplyAdd(n, 3u, local, &c); multiplyAdd(n, 2u, local, &c); multiplyAdd(n, 1u, local, &c); multiplyAdd(n, 0u, local, &c);
      }
      workgroupBarrier();
    }
  }
  let x = first.y + 4u * local.x; let y = first.x + 4u * local.y;
  finish(c[0], y + 0u, x);
  finish(c[1], y + 0u, x + 4u * SIDE);
  finish(c[2], y + 1u, x);
  finish(c[3], y + 1u, x + 4u * SIDE);
  finish(c[4], y + 2u, x);
  finish(c[5], y + 2u, x + 4u * SIDE);
  finish(c[6], y + 3u, x);
  finish(c[7], y + 3u, x + 4u * SIDE);
  finish(c[8], y + 4u * SIDE + 0u, x);
  finish(c[9], y + 4u * SIDE + 0u, x + 4u * SIDE);
  finish(c[10], y + 4u * SIDE + 1u, x);
  finish(c[11], y + 4u * SIDE + 1u, x + 4u * SIDE);
  finish(c[12], y + 4u * SIDE + 2u, x);
  finish(c[13], y + 4u * SIDE + 2u, x + 4u * SIDE);
  finish(c[14], y + 4u * SIDE + 3u, x);
  finish(c[15], y + 4u * SIDE + 3u, x + 4u * SIDE);
}
