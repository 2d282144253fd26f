// bounds_bi = an upper bound of the pre-activation that encode.wgsl would compute: [rows, N], a slice of the latents at a
// time. modules/bound_factors.wgsl has its factors. A workgroup computes a tile of 8·SIDE rows × 8·SIDE latents, as
// modules/byte_products.wgsl lays it out.
// modules: bound_factors, byte_products

const SIDE: u32 = 8u;
// Quads of words in a step.
const DEPTH: u32 = 2u;
// Whether rows and latents fill all tiles.
const FULL: bool = false;

struct Sizes {
  rows: u32, words: u32, latents: u32, firstLatent: u32, N: u32, rounding: f32, lost: f32, least: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> quantizedRows: array<Words>;
@group(0) @binding(2) var<storage, read> quantizedLatents: array<Words>;
@group(0) @binding(3) var<storage, read> rowBounds: array<u32>;
@group(0) @binding(4) var<storage, read> latentBounds: array<u32>;
@group(0) @binding(5) var<storage, read> encoderBias: array<u32>;
@group(0) @binding(6) var<storage, read_write> bounds: array<f32>;

// The factors of four rows of a thread.
struct Factors { s: vec4<f32>, v: vec4<f32>, w: vec4<f32>, r: vec4<f32> }

fn factorsOf(eighth: u32, y: u32) -> Factors {
  let a = bitcast<vec4<f32>>(tiles[0][0].at[eighth][y]); let b = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 1u][y]);
  let c = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 2u][y]); let d = bitcast<vec4<f32>>(tiles[0][0].at[eighth + 3u][y]);
  return Factors(
    vec4<f32>(a.x, b.x, c.x, d.x), vec4<f32>(a.y, b.y, c.y, d.y), vec4<f32>(a.z, b.z, c.z, d.z),
    vec4<f32>(a.w, b.w, c.w, d.w),
  );
}

// Sizes for the epilogue: read once, because a compiler would read them again for every element.
struct Own { row: u32, column: u32, at: u32, N: u32, rows: u32, latents: u32 }

// Stores the bounds of latent m of a thread's eight in four rows, r of its eight the first.
fn store(c: vec4<i32>, rows: Factors, m: u32, r: u32, x: u32, own: Own) {
  if (!FULL && own.column + m * SIDE >= own.latents) { return; }
  let latent = tiles[1][0].at[m][x];
  let f = bitcast<vec4<f32>>(latent);
  let product = rows.s * (vec4<f32>(c - vec4<i32>(bitcast<i32>(latent.w))) * f.x);
  let bound = max(product + (rows.v * f.y + rows.w * f.z) + offsets[m][x], rows.r);
  let at = own.at + m * SIDE + r * SIDE * own.N;
  let row = own.row + r * SIDE;
  if (FULL || row < own.rows) { bounds[at] = bound.x; }
  if (FULL || row + SIDE < own.rows) { bounds[at + SIDE * own.N] = bound.y; }
  if (FULL || row + 2u * SIDE < own.rows) { bounds[at + 2u * SIDE * own.N] = bound.z; }
  if (FULL || row + 3u * SIDE < own.rows) { bounds[at + 3u * SIDE * own.N] = bound.w; }
}

// Stores rows 4·h … 4·h + 3 of a thread's eight.
fn storeRows(c: ptr<function, Sums>, h: u32, local: vec3<u32>, own: Own) {
  let rows = factorsOf(4u * h, local.y);
  let r = 4u * h; let x = local.x;
  store((*c)[h], rows, 0u, r, x, own); store((*c)[2u + h], rows, 1u, r, x, own);
  store((*c)[4u + h], rows, 2u, r, x, own); store((*c)[6u + h], rows, 3u, r, x, own);
  store((*c)[8u + h], rows, 4u, r, x, own); store((*c)[10u + h], rows, 5u, r, x, own);
  store((*c)[12u + h], rows, 6u, r, x, own); store((*c)[14u + h], rows, 7u, r, x, own);
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
    let f = latentFactors(first.y + e);
    tiles[1][0].at[e / SIDE][e % SIDE] = vec4<u32>(bitcast<vec3<u32>>(vec3<f32>(f.t, f.Q, f.T)), bitcast<u32>(f.start));
    offsets[e / SIDE][e % SIDE] = f.c;
  }
  workgroupBarrier();
  let row = first.x + local.y; let column = first.y + local.x;
  let at = row * sizes.N + sizes.firstLatent + column;
  let own = Own(row, column, at, sizes.N, sizes.rows, sizes.latents);
  storeRows(&c, 0u, local, own); storeRows(&c, 1u, local, own);
}

var<workgroup> offsets: array<array<f32, SIDE>, 8>;
