// addByteProducts(first, lane, local, c): c += the products Σ_k (q_k + 64) r_k of a tile of 8·SIDE rows × 8·SIDE latents,
// in steps of 16·DEPTH inputs, four to a word and four words to a quad. Thread (x, y) has rows y, y + SIDE, … and columns
// x, x + SIDE, …: c[2·m + h] is its column m, rows 4·h … 4·h + 3 of its eight.
//
// Uses SIDE, DEPTH, sizes.rows, words, latents and firstLatent, and the bindings quantizedRows and quantizedLatents of the
// shader. Past the last row or latent the last is taken again. Every thread must call it; the tiles are free afterwards.

// Words are read by fours where rows are a multiple of four words.
alias Words = vec4<u32>;
const WIDTH: u32 = 4u;
// Whether rows are a multiple of 4·DEPTH words.
const WHOLE: bool = false;

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

// The tile begins at row first.x and at latent first.y of the slice.
fn addByteProducts(first: vec2<u32>, lane: u32, local: vec3<u32>, c: ptr<function, Sums>) {
  // A thread brings the same quad of two rows and two latents, or of one each where a step has half as many.
  const APART = SIDE * SIDE / DEPTH;
  let q = lane % DEPTH; let n = lane / DEPTH;
  let last = vec2<u32>(sizes.rows, sizes.latents) - 1u;
  let atRow = min(vec2<u32>(n, n + APART) + first.x, vec2<u32>(last.x)) * 2u * sizes.words;
  let atLatent = (min(vec2<u32>(n, n + APART) + first.y, vec2<u32>(last.y)) + sizes.firstLatent) * sizes.words;
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
    for (var quad = 0u; quad < DEPTH; quad++) { multiplyAdd(quad, local, c); }
    workgroupBarrier();
  }
}
