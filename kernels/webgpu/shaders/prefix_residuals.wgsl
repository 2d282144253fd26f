// e_j = c + Σ_{i < p_j} f_i D_i − x, for every j on the way through the latents: the accumulator is
// the cumulative sum. Squared errors are left as partials [tile, P].
//
// f [B, N] with i running fastest, D [latents, d], c [d], x [B, d], p [P], e [P, B, d].
// A workgroup computes a tile of 8·SIDE rows × 8·SIDE features, latents in steps of 4·DEPTH through
// workgroup memory; thread (x, y) holds rows y + SIDE·r and features 4·x … 4·x + 3, and the same
// 4·SIDE further on. A step that crosses a bound is cut there.
// D may be a slice of the latents: the sum then waits in e_{P−1} for the next,
// or in e_j if the slice ends at p_j. f may be a part of the rows.
// modules: activation_quads, features, sum_over_lanes

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile: four need 16,640 bytes at SIDE 16.
const DEPTH: u32 = 2u;
const LANES: u32 = SIDE * SIDE;
alias Summand = f32;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, N: u32, P: u32, first: u32, end: u32, firstTile: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<Latents>;
@group(0) @binding(2) var<storage, read> decoder: array<Features>;
@group(0) @binding(3) var<storage, read> decoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> input: array<f32>;
@group(0) @binding(5) var<storage, read> bounds: array<u32>;
@group(0) @binding(6) var<storage, read_write> residuals: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<f32>;

// Quads of k of a tile's rows, in rows that start two quads apart modulo eight, so that loads and stores meet
// different banks. Row r·SIDE + i is at [r][i]: what is constant needs no bounds check, and is part of a load.
struct Quads { at: array<array<vec4<f32>, SIDE>, 8>, pad: array<vec4<f32>, 2> }
var<workgroup> rowTile: array<Quads, DEPTH>;
var<workgroup> columnTile: array<array<array<array<vec4<f32>, SIDE>, 2>, 4>, DEPTH>;

// Zeros past the first `valid` of four.
fn firstOf(quad: vec4<f32>, valid: u32) -> vec4<f32> {
  return select(vec4<f32>(), quad, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(valid));
}

// Four activations from `at` on, zeros past the first `valid`.
fn validActivations(at: u32, valid: u32) -> vec4<f32> {
  if (valid == 0u) { return vec4<f32>(); }
  let quad = activationQuad(at);
  if (LATENT_WIDTH == 4u) { return quad; }
  return firstOf(quad, valid);
}

// The same of D.
fn validDecoder(at: u32, valid: u32) -> vec4<f32> {
  if (valid == 0u) { return vec4<f32>(); }
  let n = at / WIDTH;
  let quad = quadOf(decoder[n], decoder[n + 1u], decoder[n + 2u], decoder[n + 3u]);
  if (WIDTH == 4u) { return quad; }
  return firstOf(quad, valid);
}

// The number of the four elements from k on that are before end.
fn rest(k: u32, end: u32) -> u32 { return min(max(end, k) - k, 4u); }

// c + a·m: four products for each of four columns.
fn multiplyAdd(c: vec4<f32>, a: vec4<f32>, m: mat4x4<f32>) -> vec4<f32> {
  return fma(a.xxxx, m[0], fma(a.yyyy, m[1], fma(a.zzzz, m[2], fma(a.wwww, m[3], c))));
}

// The start of the sum: c − x, or the sum of the slice before.
fn begin(row: u32, column: u32, place: u32) -> vec4<f32> {
  var start = vec4<f32>();
  for (var c = 0u; c < 4u; c++) {
    if (row < sizes.rows && column + c < sizes.d) {
      let at = (sizes.firstRow + row) * sizes.d + column + c;
      if (sizes.first == 0u) {
        start[c] = decoderBias[column + c] - input[at];
      } else {
        start[c] = residuals[place * sizes.B * sizes.d + at];
      }
    }
  }
  return start;
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = group.y * 8u * SIDE;
  let firstColumn = group.x * 8u * SIDE;
  var j = 0u;
  // A prefix of length 0 ends before the first slice, which still has to write it.
  for (; sizes.first > 0u && bounds[j] <= sizes.first; j++) { }
  var left = sizes.P - 1u;
  if (j > 0u && bounds[max(j, 1u) - 1u] == sizes.first) { left = j - 1u; }
  var c00 = begin(firstRow + local.y + 0u * SIDE, firstColumn + 4u * local.x, left);
  var c01 = begin(firstRow + local.y + 0u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c10 = begin(firstRow + local.y + 1u * SIDE, firstColumn + 4u * local.x, left);
  var c11 = begin(firstRow + local.y + 1u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c20 = begin(firstRow + local.y + 2u * SIDE, firstColumn + 4u * local.x, left);
  var c21 = begin(firstRow + local.y + 2u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c30 = begin(firstRow + local.y + 3u * SIDE, firstColumn + 4u * local.x, left);
  var c31 = begin(firstRow + local.y + 3u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c40 = begin(firstRow + local.y + 4u * SIDE, firstColumn + 4u * local.x, left);
  var c41 = begin(firstRow + local.y + 4u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c50 = begin(firstRow + local.y + 5u * SIDE, firstColumn + 4u * local.x, left);
  var c51 = begin(firstRow + local.y + 5u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c60 = begin(firstRow + local.y + 6u * SIDE, firstColumn + 4u * local.x, left);
  var c61 = begin(firstRow + local.y + 6u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var c70 = begin(firstRow + local.y + 7u * SIDE, firstColumn + 4u * local.x, left);
  var c71 = begin(firstRow + local.y + 7u * SIDE, firstColumn + 4u * local.x + 4u * SIDE, left);
  var i = sizes.first;
  for (; j < sizes.P && i < sizes.end; j++) {
    let stop = min(bounds[j], sizes.end);
    while (i < stop) {
      let step = (i - sizes.first) / (4u * DEPTH) * (4u * DEPTH) + sizes.first;
      if (i == step) {
        workgroupBarrier();
        for (var n = lane; n < 8u * SIDE * DEPTH; n += SIDE * SIDE) {
          let q = n % DEPTH;
          let latent = step + 4u * q;
          let row = min(firstRow + n / DEPTH, sizes.rows - 1u);
          rowTile[q].at[n / DEPTH / SIDE][n / DEPTH % SIDE] =
            validActivations(row * sizes.N + latent, rest(latent, sizes.end));
          let column = firstColumn + 4u * (n % (2u * SIDE));
          let other = step + n / (2u * SIDE);
          let valid = select(0u, rest(column, sizes.d), other < sizes.end);
          columnTile[n / (8u * SIDE)][n / (2u * SIDE) % 4u][n / SIDE % 2u][n % SIDE] =
            validDecoder((other - sizes.first) * sizes.d + column, valid);
        }
        workgroupBarrier();
      }
      let to = min(stop, step + 4u * DEPTH);
      if (to - i == 4u * DEPTH) {
        for (var q = 0u; q < DEPTH; q++) {
          let a0 = rowTile[q].at[0][local.y];
          let a1 = rowTile[q].at[1][local.y];
          let a2 = rowTile[q].at[2][local.y];
          let a3 = rowTile[q].at[3][local.y];
          let a4 = rowTile[q].at[4][local.y];
          let a5 = rowTile[q].at[5][local.y];
          let a6 = rowTile[q].at[6][local.y];
          let a7 = rowTile[q].at[7][local.y];
          let m0 = mat4x4<f32>(
            columnTile[q][0][0][local.x], columnTile[q][1][0][local.x], columnTile[q][2][0][local.x], columnTile[q][3][0][local.x],
          );
          c00 = multiplyAdd(c00, a0, m0);
          c10 = multiplyAdd(c10, a1, m0);
          c20 = multiplyAdd(c20, a2, m0);
          c30 = multiplyAdd(c30, a3, m0);
          c40 = multiplyAdd(c40, a4, m0);
          c50 = multiplyAdd(c50, a5, m0);
          c60 = multiplyAdd(c60, a6, m0);
          c70 = multiplyAdd(c70, a7, m0);
          let m1 = mat4x4<f32>(
            columnTile[q][0][1][local.x], columnTile[q][1][1][local.x], columnTile[q][2][1][local.x], columnTile[q][3][1][local.x],
          );
          c01 = multiplyAdd(c01, a0, m1);
          c11 = multiplyAdd(c11, a1, m1);
          c21 = multiplyAdd(c21, a2, m1);
          c31 = multiplyAdd(c31, a3, m1);
          c41 = multiplyAdd(c41, a4, m1);
          c51 = multiplyAdd(c51, a5, m1);
          c61 = multiplyAdd(c61, a6, m1);
          c71 = multiplyAdd(c71, a7, m1);
        }
      } else {
        for (var at = i - step; at < to - step; at++) {
          let b0 = columnTile[at / 4u][at % 4u][0][local.x];
          let b1 = columnTile[at / 4u][at % 4u][1][local.x];
          let a0 = vec4<f32>(rowTile[at / 4u].at[0][local.y][at % 4u]);
          c00 = fma(a0, b0, c00); c01 = fma(a0, b1, c01);
          let a1 = vec4<f32>(rowTile[at / 4u].at[1][local.y][at % 4u]);
          c10 = fma(a1, b0, c10); c11 = fma(a1, b1, c11);
          let a2 = vec4<f32>(rowTile[at / 4u].at[2][local.y][at % 4u]);
          c20 = fma(a2, b0, c20); c21 = fma(a2, b1, c21);
          let a3 = vec4<f32>(rowTile[at / 4u].at[3][local.y][at % 4u]);
          c30 = fma(a3, b0, c30); c31 = fma(a3, b1, c31);
          let a4 = vec4<f32>(rowTile[at / 4u].at[4][local.y][at % 4u]);
          c40 = fma(a4, b0, c40); c41 = fma(a4, b1, c41);
          let a5 = vec4<f32>(rowTile[at / 4u].at[5][local.y][at % 4u]);
          c50 = fma(a5, b0, c50); c51 = fma(a5, b1, c51);
          let a6 = vec4<f32>(rowTile[at / 4u].at[6][local.y][at % 4u]);
          c60 = fma(a6, b0, c60); c61 = fma(a6, b1, c61);
          let a7 = vec4<f32>(rowTile[at / 4u].at[7][local.y][at % 4u]);
          c70 = fma(a7, b0, c70); c71 = fma(a7, b1, c71);
        }
      }
      i = to;
    }
    // A bound that is not in this slice: the last place is overwritten when the sum is complete.
    let isBound = i == bounds[j];
    let place = select(sizes.P - 1u, j, isBound);
    var tile = array<vec4<f32>, 16>(
      c00, c01, c10, c11, c20, c21, c30, c31,
      c40, c41, c50, c51, c60, c61, c70, c71,
    );
    var square = 0.0;
    for (var n = 0u; n < 64u; n++) {
      let row = firstRow + local.y + SIDE * (n / 8u);
      let column = firstColumn + 4u * local.x + 4u * SIDE * ((n / 4u) % 2u) + n % 4u;
      if (row < sizes.rows && column < sizes.d) {
        let e = tile[n / 4u][n % 4u];
        residuals[(place * sizes.B + sizes.firstRow + row) * sizes.d + column] = e;
        square += e * e;
      }
    }
    let all = sumOverLanes(lane, square);
    if (lane == 0u && isBound) {
      partials[(sizes.firstTile + group.y * groups.x + group.x) * sizes.P + j] = all;
    }
  }
}
