// addProducts(share, offset, local, c): c += A Bᵀ over all k < sizes.d, for a tile of rows of A and of B,
// both with k running fastest. Steps of 4·DEPTH go through workgroup memory; the elements of the next step are
// loaded while a step is computed.
//
// Uses SIDE, DEPTH, sizes.d and sizes.firstRow, the first row of A, of the shader, and its rowQuad(at) and
// latentQuad(at): four elements of A or B from Features `at` on, undefined past the end of their row.
// Every thread must call it.
// modules: features, tile_products

// Whether d is a multiple of 4·DEPTH.
const WHOLE: bool = false;

// A k of a tile, and padding against bank conflicts.
struct Line { at: array<array<vec4<f32>, SIDE>, 2>, pad: vec4<f32> }

// The share of a thread in bringing a step: four k of four rows, of A (which = 0) or B (1). At a small DEPTH
// there are more threads than shares, and the others do not bring any.
struct Share { which: u32, brings: bool, q: u32, quad: u32, rows: vec4<u32>, at: vec4<u32> }

// The tile begins at rows `first`. Past rows `last` the last is computed again, and the result is not stored.
fn shareOf(lane: u32, first: vec2<u32>, last: vec2<u32>) -> Share {
  const HALF = 2u * SIDE * DEPTH;
  let which = min(lane / HALF, 1u);
  let q = lane % DEPTH;
  let quad = lane % HALF / DEPTH;
  let begins = 4u * quad + select(first.x, first.y, which == 1u);
  let end = select(last.x, last.y, which == 1u);
  let rows = min(vec4<u32>(begins, begins + 1u, begins + 2u, begins + 3u), vec4<u32>(end));
  let at = (rows + select(sizes.firstRow, 0u, which == 1u)) * (sizes.d / WIDTH) + q * (4u / WIDTH);
  return Share(which, 4u * DEPTH == SIDE || lane < 2u * HALF, q, quad, rows, at);
}

// Loads a block of four rows and four k.
fn load(which: u32, at: vec4<u32>, r: ptr<function, array<vec4<f32>, 4>>) {
  if (which == 0u) {
    (*r)[0] = rowQuad(at.x); (*r)[1] = rowQuad(at.y); (*r)[2] = rowQuad(at.z); (*r)[3] = rowQuad(at.w);
  } else {
    (*r)[0] = latentQuad(at.x); (*r)[1] = latentQuad(at.y);
    (*r)[2] = latentQuad(at.z); (*r)[3] = latentQuad(at.w);
  }
}

// Zeros past the end of a row.
fn inside(k: u32, value: vec4<f32>) -> vec4<f32> {
  return select(vec4<f32>(), value, WHOLE || k < sizes.d);
}

// `offset` is added to the share's places in A.
fn addProducts(share: Share, offset: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let which = share.which; let q = share.q;
  let half = share.quad / SIDE; let place = share.quad % SIDE;
  let start = share.at + select(offset, 0u, which == 1u);
  var r: array<vec4<f32>, 4>;
  if (share.brings) { load(which, start, &r); }
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * DEPTH) {
    if (share.brings) {
      let k = k0 + 4u * q;
      tiles[which][q][0].at[half][place] = inside(k, vec4<f32>(r[0].x, r[1].x, r[2].x, r[3].x));
      tiles[which][q][1].at[half][place] = inside(k + 1u, vec4<f32>(r[0].y, r[1].y, r[2].y, r[3].y));
      tiles[which][q][2].at[half][place] = inside(k + 2u, vec4<f32>(r[0].z, r[1].z, r[2].z, r[3].z));
      tiles[which][q][3].at[half][place] = inside(k + 3u, vec4<f32>(r[0].w, r[1].w, r[2].w, r[3].w));
    }
    workgroupBarrier();
    if (k0 + 4u * DEPTH < sizes.d) {
      if (share.brings) { load(which, start + (k0 + 4u * DEPTH) / WIDTH, &r); }
    }
    for (var n = 0u; n < DEPTH; n++) {
      multiplyAdd(n, 3u, local, c); multiplyAdd(n, 2u, local, c);
      multiplyAdd(n, 1u, local, c); multiplyAdd(n, 0u, local, c);
    }
    workgroupBarrier();
  }
}
