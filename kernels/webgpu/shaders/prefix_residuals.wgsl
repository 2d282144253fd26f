// e_j = c + Σ_{i < p_j} f_i D_i − x, for every j on the way through the latents: the accumulator is
// the cumulative sum. Squared errors are left as partials [tile, P].
//
// f [B, N] with i running fastest, D [latents, d], c [d], x [B, d], p [P], e [P, B, d].
// A workgroup computes a tile of 8·SIDE rows × 8·SIDE features, latents in steps of 4·DEPTH through
// workgroup memory, the next step loaded meanwhile; thread (x, y) holds rows y + SIDE·r and features
// 4·x … 4·x + 3, and the same 4·SIDE further on. A step that crosses a bound is cut there.
// D may be a slice of the latents: the sum then waits in e_{P−1} for the next,
// or in e_j if the slice ends at p_j. f may be a part of the rows.
// modules: activation_quads, features, row_end, sum_over_lanes, tile_products, written_features

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of latents in a tile: with the sums, four need 17,664 bytes at SIDE 16. At most SIDE / 4.
const DEPTH: u32 = 2u;
// Latents that are summed one by one if a bound cuts them, else four by four from the last to the first.
const GROUP: u32 = 8u;
// Whether rows and features fill every tile.
const FULL: bool = false;
const LANES: u32 = SIDE * SIDE;
alias Summand = f32;

struct Sizes {
  B: u32, rows: u32, firstRow: u32, d: u32, N: u32, P: u32, first: u32, end: u32, firstTile: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<Latents>;
@group(0) @binding(2) var<storage, read> decoder: array<Features>;
@group(0) @binding(3) var<storage, read> decoderBias: array<Features>;
@group(0) @binding(4) var<storage, read> input: array<Features>;
@group(0) @binding(5) var<storage, read> bounds: array<u32>;
@group(0) @binding(6) var<storage, read_write> residuals: array<Features>;
@group(0) @binding(7) var<storage, read_write> partials: array<f32>;

// The share of a thread in bringing a step: the activations of two rows by four latents, and of D both halves of one
// latent. At a small DEPTH there are more threads than shares.
struct Share { rows: bool, latents: bool, at: vec4<u32> }

fn shareOf(local: vec3<u32>, first: vec2<u32>) -> Share {
  let q = local.x % DEPTH;
  let pair = local.x / DEPTH;
  let row = first.x + local.y + pair % 2u * 2u * SIDE + pair / 2u * 4u * SIDE;
  let rows = min(vec2<u32>(row, row + SIDE), vec2<u32>(sizes.rows - 1u));
  let near = local.y * (sizes.d / WIDTH) + (first.y + 4u * local.x) / WIDTH;
  let at = vec4<u32>((rows * sizes.N + sizes.first + 4u * q) / LATENT_WIDTH, near, near + 4u * SIDE / WIDTH);
  const STEP = 4u * DEPTH;
  return Share(STEP == SIDE || local.x < STEP, STEP == SIDE || local.y < STEP, at);
}

fn decoderAt(n: u32) -> vec4<f32> {
  return quadOf(decoder[n], decoder[n + 1u], decoder[n + 2u], decoder[n + 3u]);
}

// Loads the step that begins `latents` after the first. What is past the end of a row or of the slice has no part in
// any sum that is stored.
fn load(share: Share, latents: u32, r: ptr<function, array<vec4<f32>, 4>>) {
  let rows = share.at.xy + latents / LATENT_WIDTH;
  let own = share.at.zw + latents * (sizes.d / WIDTH);
  if (share.rows) { (*r)[0] = activationsAt(rows.x); (*r)[1] = activationsAt(rows.y); }
  if (share.latents) { (*r)[2] = decoderAt(own.x); (*r)[3] = decoderAt(own.y); }
}

fn put(share: Share, local: vec3<u32>, r: ptr<function, array<vec4<f32>, 4>>) {
  let r0 = (*r)[0]; let r1 = (*r)[1];
  if (share.rows) {
    tiles[local.y].at[0][0][local.x] = vec4<f32>(r0.x, r1.x, r0.y, r1.y);
    tiles[local.y].at[0][1][local.x] = vec4<f32>(r0.z, r1.z, r0.w, r1.w);
  }
  if (share.latents) {
    tiles[local.x].at[1][0][local.y] = (*r)[2];
    tiles[local.x].at[1][1][local.y] = (*r)[3];
  }
}

// Four latents of a step, the last first.
fn addQuad(q: u32, local: vec3<u32>, c: ptr<function, Products>) {
  addHalf(q, 1u, local, c);
  addHalf(q, 0u, local, c);
}

fn addHalf(q: u32, j: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let k = 4u * q + 2u * j;
  let b0 = tiles[local.x].at[1][0][k]; let b1 = tiles[local.x].at[1][1][k];
  let b2 = tiles[local.x].at[1][0][k + 1u]; let b3 = tiles[local.x].at[1][1][k + 1u];
  addRows(q, j, array<vec4<f32>, 4>(b0, b1, b2, b3), local.y, c);
}

// Latent k of a step.
fn addLatent(k: u32, local: vec3<u32>, c: ptr<function, Products>) {
  let q = k / 4u; let j = k % 4u / 2u; let odd = k % 2u == 1u;
  let a0 = tiles[local.y].at[0][j][q]; let a1 = tiles[local.y].at[0][j][DEPTH + q];
  let a2 = tiles[local.y].at[0][j][2u * DEPTH + q]; let a3 = tiles[local.y].at[0][j][3u * DEPTH + q];
  let near = select(vec4<f32>(a0.xy, a1.xy), vec4<f32>(a0.zw, a1.zw), odd);
  let far = select(vec4<f32>(a2.xy, a3.xy), vec4<f32>(a2.zw, a3.zw), odd);
  addOne(near, far, tiles[local.x].at[1][0][k], tiles[local.x].at[1][1][k], c);
}

// Where a thread's quads are: its first row and feature, and in arrays the first of them, the distance of its rows,
// and that of its halves. All in Features.
struct Own { row: u32, column: u32, at: u32, rows: u32, far: u32 }

fn ownOf(first: vec2<u32>, local: vec3<u32>) -> Own {
  let row = first.x + local.y;
  let column = first.y + 4u * local.x;
  let columns = sizes.d / WIDTH;
  let at = (sizes.firstRow + row) * columns + column / WIDTH;
  return Own(row, column, at, SIDE * columns, 4u * SIDE / WIDTH);
}

fn inputAt(n: u32) -> vec4<f32> { return quadOf(input[n], input[n + 1u], input[n + 2u], input[n + 3u]); }

fn residualsAt(n: u32) -> vec4<f32> {
  return quadOf(residuals[n], residuals[n + 1u], residuals[n + 2u], residuals[n + 3u]);
}

fn biasAt(n: u32) -> vec4<f32> {
  return quadOf(decoderBias[n], decoderBias[n + 1u], decoderBias[n + 2u], decoderBias[n + 3u]);
}

// The start of the sums: c − x, or the sums of the slice before. Past the last row it is that of any. The selection
// keeps loads of sums from being waited for within the loop.
fn begin(own: Own, place: u32, c: ptr<function, Products>) {
  let begins = sizes.first == 0u;
  let near = biasAt(own.column / WIDTH);
  let far = biasAt(own.column / WIDTH + own.far);
  let at = own.at + select(place * sizes.B * (sizes.d / WIDTH), 0u, begins);
  beginRow(0u, begins, near, far, at, own, c); beginRow(1u, begins, near, far, at, own, c);
  beginRow(2u, begins, near, far, at, own, c); beginRow(3u, begins, near, far, at, own, c);
  beginRow(4u, begins, near, far, at, own, c); beginRow(5u, begins, near, far, at, own, c);
  beginRow(6u, begins, near, far, at, own, c); beginRow(7u, begins, near, far, at, own, c);
}

fn beginRow(
  r: u32, begins: bool, near: vec4<f32>, far: vec4<f32>, first: u32, own: Own, c: ptr<function, Products>,
) {
  let at = first + r * own.rows;
  var a: vec4<f32>; var b: vec4<f32>;
  if (begins) { a = inputAt(at); b = inputAt(at + own.far); } else {
    a = residualsAt(at); b = residualsAt(at + own.far);
  }
  (*c)[2u * r] = select(a, near - a, begins);
  (*c)[2u * r + 1u] = select(b, far - b, begins);
}

// Stores four residuals, and adds their squares in order.
fn store(e: vec4<f32>, at: u32, column: u32, sum: f32) -> f32 {
  if (!FULL && column >= sizes.d) { return sum; }
  residuals[at] = featuresOf(e);
  var own = e;
  if (WIDTH != 4u) {
    let left = sizes.d - column;
    let n = at + endPlaces(left);
    let v = repeatLast(e, left);
    residuals[n.y] = Features(v.y); residuals[n.z] = Features(v.z); residuals[n.w] = Features(v.w);
    own = select(vec4<f32>(), e, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
  }
  var square = sum + own.x * own.x;
  square += own.y * own.y;
  square += own.z * own.z;
  return square + own.w * own.w;
}

fn storeRow(r: u32, first: u32, own: Own, sum: f32, c: ptr<function, Products>) -> f32 {
  if (!FULL && own.row + SIDE * r >= sizes.rows) { return sum; }
  let at = first + r * own.rows;
  let near = store((*c)[2u * r], at, own.column, sum);
  return store((*c)[2u * r + 1u], at + own.far, own.column + 4u * SIDE, near);
}

// Stores the residuals at `place`, and returns the sum of a thread's squares.
fn storeAll(place: u32, own: Own, c: ptr<function, Products>) -> f32 {
  let at = own.at + place * sizes.B * (sizes.d / WIDTH);
  var sum = storeRow(0u, at, own, 0.0, c);
  sum = storeRow(1u, at, own, sum, c);
  sum = storeRow(2u, at, own, sum, c);
  sum = storeRow(3u, at, own, sum, c);
  sum = storeRow(4u, at, own, sum, c);
  sum = storeRow(5u, at, own, sum, c);
  sum = storeRow(6u, at, own, sum, c);
  return storeRow(7u, at, own, sum, c);
}

// Finishes the sums of latents before i: those of prefix j, or of the slice; returns the next prefix.
fn finish(i: u32, bound: u32, j: u32, tile: u32, lane: u32, own: Own, c: ptr<function, Products>) -> u32 {
  let P = sizes.P;
  // A bound that is not in this slice: the last place is overwritten when the sum is complete.
  let isBound = i == bound;
  let all = sumOverLanes(lane, storeAll(select(P - 1u, j, isBound), own, c));
  if (lane == 0u && isBound) { partials[tile * P + j] = all; }
  return j + u32(isBound);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  let P = sizes.P; let end = sizes.end;
  let tile = sizes.firstTile + group.y * groups.x + group.x;
  let own = ownOf(first, local);
  let share = shareOf(local, first);
  var r: array<vec4<f32>, 4>;
  load(share, 0u, &r);
  var j = 0u;
  // A prefix of length 0 ends before the first slice, which still has to write it.
  for (; sizes.first > 0u && bounds[j] <= sizes.first; j++) { }
  var left = P - 1u;
  if (j > 0u && bounds[max(j, 1u) - 1u] == sizes.first) { left = j - 1u; }
  var c: Products;
  begin(own, left, &c);
  var step = sizes.first;
  while (j < P) {
    // Groups before the one that the next bound cuts.
    let whole = step + (min(bounds[j], end) - step) / GROUP * GROUP;
    for (; step < whole; step += 4u * DEPTH) {
      put(share, local, &r);
      workgroupBarrier();
      let next = step + 4u * DEPTH;
      if (next < end) { load(share, next - sizes.first, &r); }
      addQuad(0u, local, &c); addQuad(1u, local, &c);
      if (DEPTH == 4u) { addQuad(2u, local, &c); addQuad(3u, local, &c); }
      workgroupBarrier();
    }
    if (step == bounds[j] || step == end) {
      j = finish(step, bounds[j], j, tile, lane, own, &c);
      if (step == end) { break; }
      continue;
    }
    // The group that it cuts, latent by latent.
    let last = min(step + GROUP, end);
    while (step < last) {
      put(share, local, &r);
      workgroupBarrier();
      let stop = min(step + 4u * DEPTH, end);
      if (stop < end) { load(share, stop - sizes.first, &r); }
      for (var i = step; i < stop && j < P; ) {
        let next = min(bounds[j], stop);
        for (; i < next; i++) { addLatent(i - step, local, &c); }
        if (i == bounds[j] || i == end) { j = finish(i, bounds[j], j, tile, lane, own, &c); }
      }
      workgroupBarrier();
      step = stop;
    }
    if (step == end) { break; }
  }
}
