// A tile of a product c = A B over some k, 8·SIDE rows × 8·SIDE columns, in workgroup memory. Thread (x, y) holds four
// rows and four columns, and in both the same 4·SIDE further on: c[2·r + h] is row r of its eight, columns of half h.
//
// addTwo(p, a, b, c) adds the products of rows 2·p and 2·p + 1 over two k, addOne(a0, a1, b0, b1, c) those of all rows
// over one k. Uses SIDE and DEPTH, the quads of k in workgroup memory, of the shader.

alias Products = array<vec4<f32>, 16>;

// What thread (·, y) multiplies of A (0), and thread (x, ·) of B (1), for each k of the tile. Where k runs fastest in
// memory, an element is two rows at two k: two rows that a thread loads by fours of k make two such elements. at[·][j]
// then has k = 4·q + 2·j and the next, with q running fastest, then rows 0 and 1, 2 and 3, and the same 4·SIDE further
// on. Else an element is four rows at one k: at[·][h] has half h.
//
// Indices that are constant need no bounds check and are part of a load; so of an address only the thread's place is
// computed. The padding avoids bank conflicts.
struct Cell { at: array<array<array<vec4<f32>, 4u * DEPTH>, 2>, 2>, pad: vec4<f32> }

var<workgroup> tiles: array<Cell, SIDE>;

// Two columns by two k, for `a` as in a cell: b[0] and b[1] are both halves at the first k, b[2] and b[3] at the
// second, which is added first.
fn addTwo(p: u32, a: vec4<f32>, b: array<vec4<f32>, 4>, c: ptr<function, Products>) {
  let n = 4u * p;
  (*c)[n] = fma(a.zzzz, b[2], (*c)[n]); (*c)[n + 1u] = fma(a.zzzz, b[3], (*c)[n + 1u]);
  (*c)[n + 2u] = fma(a.wwww, b[2], (*c)[n + 2u]); (*c)[n + 3u] = fma(a.wwww, b[3], (*c)[n + 3u]);
  (*c)[n] = fma(a.xxxx, b[0], (*c)[n]); (*c)[n + 1u] = fma(a.xxxx, b[1], (*c)[n + 1u]);
  (*c)[n + 2u] = fma(a.yyyy, b[0], (*c)[n + 2u]); (*c)[n + 3u] = fma(a.yyyy, b[1], (*c)[n + 3u]);
}

// Adds the products of all eight rows over k = 4·q + 2·j and the next, where k runs fastest in A. Loads of A are under
// way while rows before them are multiplied: all at once they would take 12 registers more.
fn addRows(q: u32, j: u32, b: array<vec4<f32>, 4>, y: u32, c: ptr<function, Products>) {
  let a0 = tiles[y].at[0][j][q];
  let a1 = tiles[y].at[0][j][DEPTH + q];
  addTwo(0u, a0, b, c);
  let a2 = tiles[y].at[0][j][2u * DEPTH + q];
  addTwo(1u, a1, b, c);
  let a3 = tiles[y].at[0][j][3u * DEPTH + q];
  addTwo(2u, a2, b, c);
  addTwo(3u, a3, b, c);
}

fn addOne(a0: vec4<f32>, a1: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, c: ptr<function, Products>) {
  (*c)[0] = fma(a0.xxxx, b0, (*c)[0]); (*c)[1] = fma(a0.xxxx, b1, (*c)[1]);
  (*c)[2] = fma(a0.yyyy, b0, (*c)[2]); (*c)[3] = fma(a0.yyyy, b1, (*c)[3]);
  (*c)[4] = fma(a0.zzzz, b0, (*c)[4]); (*c)[5] = fma(a0.zzzz, b1, (*c)[5]);
  (*c)[6] = fma(a0.wwww, b0, (*c)[6]); (*c)[7] = fma(a0.wwww, b1, (*c)[7]);
  (*c)[8] = fma(a1.xxxx, b0, (*c)[8]); (*c)[9] = fma(a1.xxxx, b1, (*c)[9]);
  (*c)[10] = fma(a1.yyyy, b0, (*c)[10]); (*c)[11] = fma(a1.yyyy, b1, (*c)[11]);
  (*c)[12] = fma(a1.zzzz, b0, (*c)[12]); (*c)[13] = fma(a1.zzzz, b1, (*c)[13]);
  (*c)[14] = fma(a1.wwww, b0, (*c)[14]); (*c)[15] = fma(a1.wwww, b1, (*c)[15]);
}
