// addProducts(share, offset, local, c): c += A Bᵀ over all k < sizes.d, for a tile of rows of A and of B,
// both with k running fastest. Steps of 4·DEPTH go through workgroup memory; the elements of the next step are
// loaded while a step is computed. Thread (x, y) holds rows 4·y … 4·y + 3 and columns 4·x … 4·x + 3.
//
// Uses SIDE, DEPTH, sizes.d and sizes.firstRow, the first row of A, of the shader, and its rowQuad(at) and
// latentQuad(at): four elements of A or B from Features `at` on, undefined past the end of their row.
// Every thread must call it.
// modules: features, tile_products

// Whether d is a multiple of 4·DEPTH.
const WHOLE: bool = false;

// The share of a thread in bringing a step: four elements from k on of two rows of A and of two of B, `columns`. At a
// small DEPTH there are more threads than shares, and the others do not bring any.
struct Share { brings: bool, k: u32, columns: vec2<u32>, at: vec4<u32> }

// The tile begins at rows `first`. Past rows `last` the last is computed again, and the result is not stored.
fn shareOf(local: vec3<u32>, first: vec2<u32>, last: vec2<u32>) -> Share {
  let k = local.x % DEPTH * 4u;
  let pair = local.x / DEPTH;
  let begins = first + 4u * local.y + pair % 2u * 2u + pair / 2u * 4u * SIDE;
  let rows = min(vec2<u32>(begins.x, begins.x + 1u), vec2<u32>(last.x)) + sizes.firstRow;
  let columns = min(vec2<u32>(begins.y, begins.y + 1u), vec2<u32>(last.y));
  let at = vec4<u32>(rows, columns) * (sizes.d / WIDTH) + k / WIDTH;
  return Share(4u * DEPTH == SIDE || local.x < 4u * DEPTH, k, columns, at);
}

// In this order the first loads and those of the loop get the same registers; in others, some have to be moved.
fn load(at: vec4<u32>, r: ptr<function, array<vec4<f32>, 4>>) {
  (*r)[0] = rowQuad(at.x); (*r)[2] = latentQuad(at.z);
  (*r)[1] = rowQuad(at.y); (*r)[3] = latentQuad(at.w);
}

// Two rows at k and k + 1; zeros past the end of a row.
fn inside(k: u32, value: vec4<f32>) -> vec4<f32> {
  let ends = vec4<u32>(k, k, k + 1u, k + 1u) < vec4<u32>(sizes.d);
  return select(vec4<f32>(), value, vec4<bool>(WHOLE) | ends);
}

fn put(k: u32, local: vec3<u32>, r: ptr<function, array<vec4<f32>, 4>>) {
  let r0 = (*r)[0]; let r1 = (*r)[1]; let r2 = (*r)[2]; let r3 = (*r)[3];
  tiles[local.y].at[0][0][local.x] = inside(k, vec4<f32>(r0.x, r1.x, r0.y, r1.y));
  tiles[local.y].at[0][1][local.x] = inside(k + 2u, vec4<f32>(r0.z, r1.z, r0.w, r1.w));
  tiles[local.y].at[1][0][local.x] = inside(k, vec4<f32>(r2.x, r3.x, r2.y, r3.y));
  tiles[local.y].at[1][1][local.x] = inside(k + 2u, vec4<f32>(r2.z, r3.z, r2.w, r3.w));
}

// Two k of quad q.
fn addHalf(q: u32, j: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let b0 = tiles[local.x].at[1][j][q]; let b1 = tiles[local.x].at[1][j][DEPTH + q];
  let b2 = tiles[local.x].at[1][j][2u * DEPTH + q]; let b3 = tiles[local.x].at[1][j][3u * DEPTH + q];
  let b = array<vec4<f32>, 4>(
    vec4<f32>(b0.xy, b1.xy), vec4<f32>(b2.xy, b3.xy), vec4<f32>(b0.zw, b1.zw), vec4<f32>(b2.zw, b3.zw),
  );
  addRows(q, j, b, local.y, c);
}

fn addQuad(q: u32, local: vec3<u32>, c: ptr<function, Products>) {
  addHalf(q, 1u, local, c);
  addHalf(q, 0u, local, c);
}

// `offset` is added to the share's places in A. Quads are written out, so that their indices are constant.
fn addProducts(share: Share, offset: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let start = share.at + vec4<u32>(offset, offset, 0u, 0u);
  var r: array<vec4<f32>, 4>;
  if (share.brings) { load(start, &r); }
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
    if (share.brings) { put(k0 + share.k, local, &r); }
    workgroupBarrier();
    if (k0 + 4u * DEPTH < sizes.d) {
      if (share.brings) { load(start + (k0 + 4u * DEPTH) / WIDTH, &r); }
    }
    addQuad(0u, local, c); addQuad(1u, local, c);
    if (DEPTH == 4u) { addQuad(2u, local, c); addQuad(3u, local, c); }
    workgroupBarrier();
  }
}
