// A bit for each latent that may be active, in masks [rows, ⌈N/32⌉], and the candidates of each tile, in counts: the
// bits of a tile, or all its latents if it has more than 4·SIDE² bits. A slice of the latents at a time.
//
//     may be active if I > u_b P_i − v_b Q_i − w_b T_i        I = Σ_k (q_bk + 64) r_ik − 64 Σ_k r_ik
//
// docs/mathematics.md derives the test; modules/screen_factors.wgsl has its factors. A workgroup computes a tile of
// 8·SIDE rows × 8·SIDE latents in steps of 16·DEPTH inputs, four to a word and four words to a quad. Thread (x, y) has
// rows y, y + SIDE, … and columns x, x + SIDE, …: c[2·m + h] is its column m, rows 4·h … 4·h + 3 of its eight.
// modules: screen_factors

const SIDE: u32 = 8u;
// Quads of words in a step.
const DEPTH: u32 = 2u;
// Words are read by fours where rows are a multiple of four words.
alias Words = vec4<u32>;
const WIDTH: u32 = 4u;
// Whether rows are a multiple of 4·DEPTH words.
const WHOLE: bool = false;

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

// A quad of a tile, by eighths, and padding against bank conflicts.
struct Quads { at: array<array<vec4<u32>, SIDE>, 8>, pad: array<vec4<u32>, 2> }

// The tile of rows, then that of latents.
var<workgroup> tiles: array<array<Quads, DEPTH>, 2>;

alias Sums = array<vec4<i32>, 16>;

fn dotOf(a: vec4<u32>, b: vec4<u32>, c: i32) -> i32 {
  return dot4I8Packed(a.x, b.x) + (dot4I8Packed(a.y, b.y) + (dot4I8Packed(a.z, b.z) + (dot4I8Packed(a.w, b.w) + c)));
}

// The quads of four rows.
struct Quad4 { x: vec4<u32>, y: vec4<u32>, z: vec4<u32>, w: vec4<u32> }

fn dotsOf(a: Quad4, b: vec4<u32>, c: vec4<i32>) -> vec4<i32> {
  return vec4<i32>(dotOf(a.x, b, c.x), dotOf(a.y, b, c.y), dotOf(a.z, b, c.z), dotOf(a.w, b, c.w));
}

fn multiplyAdd(q: u32, local: vec3<u32>, c: ptr<function, Sums>) {
  let near = Quad4(
    tiles[0][q].at[0][local.y], tiles[0][q].at[1][local.y], tiles[0][q].at[2][local.y], tiles[0][q].at[3][local.y],
  );
  let far = Quad4(
    tiles[0][q].at[4][local.y], tiles[0][q].at[5][local.y], tiles[0][q].at[6][local.y], tiles[0][q].at[7][local.y],
  );
  let b0 = tiles[1][q].at[0][local.x];
  (*c)[0] = dotsOf(near, b0, (*c)[0]); (*c)[1] = dotsOf(far, b0, (*c)[1]);
  let b1 = tiles[1][q].at[1][local.x];
  (*c)[2] = dotsOf(near, b1, (*c)[2]); (*c)[3] = dotsOf(far, b1, (*c)[3]);
  let b2 = tiles[1][q].at[2][local.x];
  (*c)[4] = dotsOf(near, b2, (*c)[4]); (*c)[5] = dotsOf(far, b2, (*c)[5]);
  let b3 = tiles[1][q].at[3][local.x];
  (*c)[6] = dotsOf(near, b3, (*c)[6]); (*c)[7] = dotsOf(far, b3, (*c)[7]);
  let b4 = tiles[1][q].at[4][local.x];
  (*c)[8] = dotsOf(near, b4, (*c)[8]); (*c)[9] = dotsOf(far, b4, (*c)[9]);
  let b5 = tiles[1][q].at[5][local.x];
  (*c)[10] = dotsOf(near, b5, (*c)[10]); (*c)[11] = dotsOf(far, b5, (*c)[11]);
  let b6 = tiles[1][q].at[6][local.x];
  (*c)[12] = dotsOf(near, b6, (*c)[12]); (*c)[13] = dotsOf(far, b6, (*c)[13]);
  let b7 = tiles[1][q].at[7][local.x];
  (*c)[14] = dotsOf(near, b7, (*c)[14]); (*c)[15] = dotsOf(far, b7, (*c)[15]);
}

fn wordsOf(a: Words, b: Words, c: Words, d: Words) -> vec4<u32> {
  if (WIDTH == 4u) { return vec4<u32>(a); }
  return vec4<u32>(vec4<u32>(a).x, vec4<u32>(b).x, vec4<u32>(c).x, vec4<u32>(d).x);
}

// Zeros past the end of a row.
fn inside(four: vec4<u32>, w: u32) -> vec4<u32> {
  if (WHOLE) { return four; }
  return select(vec4<u32>(), four, vec4<u32>(w, w + 1u, w + 2u, w + 3u) < vec4<u32>(sizes.words));
}

// Four words from w on of a row that begins at word `at`.
fn rowWords(at: u32, w: u32) -> vec4<u32> {
  let n = (at + w) / WIDTH;
  return inside(wordsOf(quantizedRows[n], quantizedRows[n + 1u], quantizedRows[n + 2u], quantizedRows[n + 3u]), w);
}

fn latentWords(at: u32, w: u32) -> vec4<u32> {
  let n = (at + w) / WIDTH;
  return inside(
    wordsOf(quantizedLatents[n], quantizedLatents[n + 1u], quantizedLatents[n + 2u], quantizedLatents[n + 3u]), w,
  );
}

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
  // A thread brings the same quad of two rows and two latents, or of one each where a step has half as many.
  const APART = SIDE * SIDE / DEPTH;
  let q = lane % DEPTH; let n = lane / DEPTH;
  let last = vec2<u32>(sizes.rows, sizes.latents) - 1u;
  let atRow = min(vec2<u32>(n, n + APART) + first.x, vec2<u32>(last.x)) * 2u * sizes.words;
  let atLatent = (min(vec2<u32>(n, n + APART) + first.y, vec2<u32>(last.y)) + sizes.firstLatent) * sizes.words;
  var c: Sums;
  var a0 = rowWords(atRow.x, 4u * q); var b0 = latentWords(atLatent.x, 4u * q);
  var a1 = vec4<u32>(); var b1 = vec4<u32>();
  if (APART < 8u * SIDE) { a1 = rowWords(atRow.y, 4u * q); b1 = latentWords(atLatent.y, 4u * q); }
  for (var w = 0u; w < sizes.words; w += 4u * DEPTH) {
    tiles[0][q].at[n / SIDE][n % SIDE] = a0;
    tiles[1][q].at[n / SIDE][n % SIDE] = b0;
    if (APART < 8u * SIDE) {
      tiles[0][q].at[(n + APART) / SIDE][n % SIDE] = a1;
      tiles[1][q].at[(n + APART) / SIDE][n % SIDE] = b1;
    }
    workgroupBarrier();
    let next = w + 4u * DEPTH;
    if (next < sizes.words) {
      if (APART < 8u * SIDE) {
        b1 = latentWords(atLatent.y, next + 4u * q); a1 = rowWords(atRow.y, next + 4u * q);
      }
      b0 = latentWords(atLatent.x, next + 4u * q); a0 = rowWords(atRow.x, next + 4u * q);
    }
    for (var quad = 0u; quad < DEPTH; quad++) { multiplyAdd(quad, local, &c); }
    workgroupBarrier();
  }
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
