// A bit for each latent that may be active, in masks [rows, ⌈N/32⌉], and the candidates of each tile, in counts: the
// bits of a tile, or all its latents if it has more than 4·SIDE² bits. A slice of the latents at a time.
//
//     may be active if I > u_b P_i − v_b Q_i − w_b T_i        I = Σ_k (q_bk + 64) r_ik − 64 Σ_k r_ik
//
// docs/mathematics.md derives the test; modules/screen_factors.wgsl has its factors. A workgroup computes a tile of
// 8·SIDE rows × 8·SIDE latents in steps of 16·DEPTH inputs, four to a word and four words to a quad. Thread (x, y) has
// rows y, y + SIDE, … and columns x, x + SIDE, …: c[2·r + h] is its row r, columns 4·h … 4·h + 3 of its eight.
// modules: screen_factors

const SIDE: u32 = 8u;
// Quads of words in a step.
const DEPTH: u32 = 2u;
// Words are read by fours where rows are a multiple of four words.
alias Words = vec4<u32>;
const WIDTH: u32 = 4u;

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

fn dotsOf(a: vec4<u32>, b: array<vec4<u32>, 4>, c: vec4<i32>) -> vec4<i32> {
  return vec4<i32>(dotOf(a, b[0], c.x), dotOf(a, b[1], c.y), dotOf(a, b[2], c.z), dotOf(a, b[3], c.w));
}

fn multiplyAdd(q: u32, local: vec3<u32>, c: ptr<function, Sums>) {
  let a0 = tiles[0][q].at[0][local.y]; let a1 = tiles[0][q].at[1][local.y];
  let a2 = tiles[0][q].at[2][local.y]; let a3 = tiles[0][q].at[3][local.y];
  let a4 = tiles[0][q].at[4][local.y]; let a5 = tiles[0][q].at[5][local.y];
  let a6 = tiles[0][q].at[6][local.y]; let a7 = tiles[0][q].at[7][local.y];
  let near = array<vec4<u32>, 4>(
    tiles[1][q].at[0][local.x], tiles[1][q].at[1][local.x], tiles[1][q].at[2][local.x], tiles[1][q].at[3][local.x],
  );
  (*c)[0] = dotsOf(a0, near, (*c)[0]); (*c)[2] = dotsOf(a1, near, (*c)[2]);
  (*c)[4] = dotsOf(a2, near, (*c)[4]); (*c)[6] = dotsOf(a3, near, (*c)[6]);
  (*c)[8] = dotsOf(a4, near, (*c)[8]); (*c)[10] = dotsOf(a5, near, (*c)[10]);
  (*c)[12] = dotsOf(a6, near, (*c)[12]); (*c)[14] = dotsOf(a7, near, (*c)[14]);
  let far = array<vec4<u32>, 4>(
    tiles[1][q].at[4][local.x], tiles[1][q].at[5][local.x], tiles[1][q].at[6][local.x], tiles[1][q].at[7][local.x],
  );
  (*c)[1] = dotsOf(a0, far, (*c)[1]); (*c)[3] = dotsOf(a1, far, (*c)[3]);
  (*c)[5] = dotsOf(a2, far, (*c)[5]); (*c)[7] = dotsOf(a3, far, (*c)[7]);
  (*c)[9] = dotsOf(a4, far, (*c)[9]); (*c)[11] = dotsOf(a5, far, (*c)[11]);
  (*c)[13] = dotsOf(a6, far, (*c)[13]); (*c)[15] = dotsOf(a7, far, (*c)[15]);
}

fn wordsOf(a: Words, b: Words, c: Words, d: Words) -> vec4<u32> {
  if (WIDTH == 4u) { return vec4<u32>(a); }
  return vec4<u32>(vec4<u32>(a).x, vec4<u32>(b).x, vec4<u32>(c).x, vec4<u32>(d).x);
}

// Four words from w on of a row that begins at word `at`, with zeros past its end.
fn rowWords(at: u32, w: u32) -> vec4<u32> {
  let n = (at + w) / WIDTH;
  let four = wordsOf(quantizedRows[n], quantizedRows[n + 1u], quantizedRows[n + 2u], quantizedRows[n + 3u]);
  return select(vec4<u32>(), four, vec4<u32>(w, w + 1u, w + 2u, w + 3u) < vec4<u32>(sizes.words));
}

fn latentWords(at: u32, w: u32) -> vec4<u32> {
  let n = (at + w) / WIDTH;
  let four = wordsOf(quantizedLatents[n], quantizedLatents[n + 1u], quantizedLatents[n + 2u], quantizedLatents[n + 3u]);
  return select(vec4<u32>(), four, vec4<u32>(w, w + 1u, w + 2u, w + 3u) < vec4<u32>(sizes.words));
}

// The factors of four latents of a thread.
struct Factors { P: vec4<f32>, Q: vec4<f32>, T: vec4<f32>, start: vec4<i32> }

fn factorsOf(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32>) -> Factors {
  let p = bitcast<vec4<f32>>(a); let q = bitcast<vec4<f32>>(b);
  let r = bitcast<vec4<f32>>(c); let s = bitcast<vec4<f32>>(d);
  return Factors(
    vec4<f32>(p.x, q.x, r.x, s.x), vec4<f32>(p.y, q.y, r.y, s.y), vec4<f32>(p.z, q.z, r.z, s.z),
    bitcast<vec4<i32>>(vec4<u32>(a.w, b.w, c.w, d.w)),
  );
}

// Marks those of four latents of a row that may be active: columns m … m + 3 of the thread's eight.
fn mark(c: vec4<i32>, row: vec4<f32>, f: Factors, y: u32, x: u32, m: u32) {
  let least = row.x * f.P - row.y * f.Q - row.z * f.T;
  let first = vec4<u32>(m, m + 1u, m + 2u, m + 3u) * SIDE + x;
  let may = (vec4<f32>(c - f.start) > least) & (first < vec4<u32>(u32(row.w)));
  let found = select(vec4<u32>(), vec4<u32>(1u) << (first % 32u), may);
  let word = y * WORDS + m * SIDE / 32u;
  if (SIDE == 8u) {
    let four = found.x | found.y | found.z | found.w;
    if (four != 0u) { atomicOr(&bits[word], four); }
  } else {
    let near = found.x | found.y; let far = found.z | found.w;
    if (near != 0u) { atomicOr(&bits[word], near); }
    if (far != 0u) { atomicOr(&bits[word + 1u], far); }
  }
}

fn markRow(c: ptr<function, Sums>, r: u32, local: vec3<u32>, near: Factors, far: Factors) {
  let row = bitcast<vec4<f32>>(tiles[0][0].at[r][local.y]);
  mark((*c)[2u * r], row, near, r * SIDE + local.y, local.x, 0u);
  mark((*c)[2u * r + 1u], row, far, r * SIDE + local.y, local.x, 4u);
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
    tiles[0][0].at[e / SIDE][e % SIDE] = bitcast<vec4<u32>>(rowFactors(first.x + e, sizes.latents - first.y));
    tiles[1][0].at[e / SIDE][e % SIDE] = latentFactors(sizes.firstLatent + min(first.y + e, last.y));
  }
  for (var e = lane; e < 8u * SIDE * WORDS; e += SIDE * SIDE) { atomicStore(&bits[e], 0u); }
  if (lane == 0u) { atomicStore(&found, 0u); }
  workgroupBarrier();
  let near = factorsOf(
    tiles[1][0].at[0][local.x], tiles[1][0].at[1][local.x], tiles[1][0].at[2][local.x], tiles[1][0].at[3][local.x],
  );
  let far = factorsOf(
    tiles[1][0].at[4][local.x], tiles[1][0].at[5][local.x], tiles[1][0].at[6][local.x], tiles[1][0].at[7][local.x],
  );
  markRow(&c, 0u, local, near, far); markRow(&c, 1u, local, near, far);
  markRow(&c, 2u, local, near, far); markRow(&c, 3u, local, near, far);
  markRow(&c, 4u, local, near, far); markRow(&c, 5u, local, near, far);
  markRow(&c, 6u, local, near, far); markRow(&c, 7u, local, near, far);
  workgroupBarrier();
  let rowWordCount = (sizes.N + 31u) / 32u;
  for (var e = lane; e < 8u * SIDE * WORDS; e += SIDE * SIDE) {
    let row = first.x + e / WORDS;
    let column = first.y + 32u * (e % WORDS);
    let word = atomicLoad(&bits[e]);
    if (row < sizes.rows && column < sizes.latents) {
      masks[row * rowWordCount + (sizes.firstLatent + column) / 32u] = word;
      if (word != 0u) { atomicAdd(&found, countOneBits(word)); }
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    let all = min(vec2<u32>(sizes.rows, sizes.latents) - first, vec2<u32>(8u * SIDE));
    let count = atomicLoad(&found);
    counts[sizes.firstTile + group.y * sizes.across + group.x] = f32(select(count, all.x * all.y, count > 4u * SIDE * SIDE));
  }
}

// Words of bits for a row of the tile, and for the tile; how many are set.
const WORDS: u32 = SIDE / 4u;
var<workgroup> bits: array<atomic<u32>, 8u * SIDE * WORDS>;
var<workgroup> found: atomic<u32>;
