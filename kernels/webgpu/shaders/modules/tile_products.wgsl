// multiplyAdd(q, j, local, c): c += a bᵀ for k = 4·q + j of a tile: 8·SIDE rows × 8·SIDE columns. Thread (x, y)
// holds rows 4·y … 4·y + 3 and columns 4·x … 4·x + 3, and in both the same 4·SIDE further on: c[2·r + h] is
// row r of its eight, columns of half h.
//
// Uses of the shader SIDE, DEPTH, the quads of k in workgroup memory, and Line, the elements of one k. Its `at`
// is array<array<vec4<f32>, SIDE>, 2>: indices that are constant need no bounds check and are part of a load.

// The tile of a, then that of b.
var<workgroup> tiles: array<array<array<Line, 4>, DEPTH>, 2>;

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
