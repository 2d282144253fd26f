// A bit for each latent that may be active, in masks [rows, ⌈N/32⌉], and the candidates of each tile, in counts: the
// bits of a tile, or all its latents if it has more than 4·SIDE² bits. A slice of the latents at a time.
//
//     may be active if I > u_b P_i − v_b Q_i − w_b T_i        I = Σ_k (q_bk + 64) r_ik − 64 Σ_k r_ik
//
// docs/mathematics.md derives the test; modules/screen_factors.wgsl has its factors. A workgroup computes a tile of
// 8·SIDE rows × 8·SIDE latents, as modules/byte_products.wgsl lays it out.
// modules: byte_products, screen_factors

const SIDE: u32 = 8u;
// Quads of words in a step.
const DEPTH: u32 = 2u;

struct Sizes {
  rows: u32, words: u32, latents: u32, firstLatent: u32, N: u32, firstTile: u32, across: u32,
  rounding: f32, lost: f32, least: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> quantizedRows: array<Words>;
@group(0) @binding(2) var<storage, read> quantizedLatents: array<Words>;
@group(0) @binding(3) var<storage, read> rowBounds: array<u32>;
@group(0) @binding(4) var<storage, read> latentBounds: array<u32>;
@group(0) @binding(5) var<storage, read> encoderBias: array<u32>;
@group(0) @binding(6) var<storage, read> threshold: array<u32>;
@group(0) @binding(7) var<storage, read_write> masks: array<u32>;
@group(0) @binding(8) var<storage, read_write> counts: array<f32>;

// The factors of four rows of a thread.
struct Factors { u: vec4<f32>, v: vec4<f32>, w: vec4<f32> }

fn factorsOf(eighth: u32, y: u32) -> Factors {
  let a = bitcast<vec4<f32>>(tiles[0][0].at[eighth][y]); let b = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 1u][y]);
  let c = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 2u][y]); let d = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 3u][y]);
  return Factors(
    vec4<f32>(a.x, b.x, c.x, d.x), vec4<f32>(a.y, b.y, c.y, d.y), vec4<f32>(a.z, b.z, c.z, d.z),
  );
}

// A bit of each of four rows in which latent m of a thread's eight may be active.
fn found(c: vec4<i32>, rows: Factors, m: u32, x: u32) -> vec4<u32> {
  let latent = tiles[1][0].at[m][x];
  let f = bitcast<vec4<f32>>(latent);
  let least = rows.u * f.x - rows.v * f.y - rows.w * f.z;
  let may = vec4<f32>(c - vec4<i32>(bitcast<i32>(latent.w))) > least;
  return select(vec4<u32>(), vec4<u32>(1u << ((m * SIDE + x) % 32u)), may);
}

fn mark(found: vec4<u32>, y: u32, word: u32) {
  let at = y * WORDS + word;
  if (found.x != 0u) { atomicOr(&bits[at], found.x); }
  if (found.y != 0u) { atomicOr(&bits[at + SIDE * WORDS], found.y); }
  if (found.z != 0u) { atomicOr(&bits[at + 2u * SIDE * WORDS], found.z); }
  if (found.w != 0u) { atomicOr(&bits[at + 3u * SIDE * WORDS], found.w); }
}

// Marks what may be active in rows 4·h … 4·h + 3 of a thread's eight.
fn markRows(c: ptr<function, Sums>, h: u32, local: vec3<u32>) {
  let rows = factorsOf(4u * h, local.y);
  let x = local.x; let y = local.y + 4u * h * SIDE;
  let a = found((*c)[h], rows, 0u, x) | found((*c)[2u + h], rows, 1u, x);
  let b = found((*c)[4u + h], rows, 2u, x) | found((*c)[6u + h], rows, 3u, x);
  let d = found((*c)[8u + h], rows, 4u, x) | found((*c)[10u + h], rows, 5u, x);
  let e = found((*c)[12u + h], rows, 6u, x) | found((*c)[14u + h], rows, 7u, x);
  if (SIDE == 8u) {
    mark(a | b, y, 0u); mark(d | e, y, 1u);
  } else {
    mark(a, y, 0u); mark(b, y, 1u); mark(d, y, 2u); mark(e, y, 3u);
  }
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  var c: Sums;
  addByteProducts(first, lane, local, &c);
  // The factors take the place of the first quads.
  for (var e = lane; e < 8u * SIDE; e += SIDE * SIDE) {
    tiles[0][0].at[e / SIDE][e % SIDE] = bitcast<vec4<u32>>(rowFactors(first.x + e));
    tiles[1][0].at[e / SIDE][e % SIDE] = latentFactors(first.y + e);
  }
  for (var e = lane; e < 8u * SIDE * WORDS; e += SIDE * SIDE) { atomicStore(&bits[e], 0u); }
  if (lane == 0u) { atomicStore(&marked, 0u); }
  workgroupBarrier();
  markRows(&c, 0u, local); markRows(&c, 1u, local);
  workgroupBarrier();
  let rowWordCount = (sizes.N + 31u) / 32u;
  for (var e = lane; e < 8u * SIDE * WORDS; e += SIDE * SIDE) {
    let row = first.x + e / WORDS;
    let column = first.y + 32u * (e % WORDS);
    let word = atomicLoad(&bits[e]);
    if (row < sizes.rows && column < sizes.latents) {
      masks[row * rowWordCount + (sizes.firstLatent + column) / 32u] = word;
      if (word != 0u) { atomicAdd(&marked, countOneBits(word)); }
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    let all = min(vec2<u32>(sizes.rows, sizes.latents) - first, vec2<u32>(8u * SIDE));
    let count = atomicLoad(&marked);
    counts[sizes.firstTile + group.y * sizes.across + group.x] = f32(select(count, all.x * all.y, count > 4u * SIDE * SIDE));
  }
}

// Words of bits for a row of the tile, and for the tile; how many are set.
const WORDS: u32 = SIDE / 4u;
var<workgroup> bits: array<atomic<u32>, 8u * SIDE * WORDS>;
var<workgroup> marked: atomic<u32>;
