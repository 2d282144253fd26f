// partials[c, i] = the two sums of modules/window.wgsl over the rows of chunk c: pre [rows, N], G [P, B, d],
// D [latents, d], θ [N], partials [chunks, N].
//
// A workgroup takes 64 latents and one chunk of rows. 32 rows at a time, each thread marks the pre-activations of one
// latent that are near; then 32 threads visit those of eight latents, row by row, so that the order is fixed.
// modules: features, sum_over_segment, window

struct Sizes {
  B: u32, rows: u32, firstRow: u32, firstChunk: u32, latents: u32, firstLatent: u32, N: u32, columns: u32,
  chunk: u32, epsilon: f32, bandwidth: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> preActivations: array<f32>;
@group(0) @binding(2) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(3) var<storage, read> decoder: array<Features>;
@group(0) @binding(4) var<storage, read> latents: array<Latent>;
@group(0) @binding(5) var<storage, read> threshold: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec2<f32>>;

// The near rows of each latent, a bit for each; and the terms of a thread's own rows.
var<workgroup> marks: array<atomic<u32>, 64>;
var<workgroup> terms: array<vec2<f32>, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = lane % 64u;
  let i = group.x * 64u + column;
  let mine = i < sizes.latents;
  let end = min((group.y + 1u) * sizes.chunk, sizes.rows);
  var latent = Latent();
  var theta = 0.0;
  if (mine) {
    latent = latents[sizes.firstLatent + i];
    theta = threshold[sizes.firstLatent + i];
  }
  var term = vec2<f32>();
  var products: array<f32, 8>;
  for (var first = group.y * sizes.chunk; first < end; first += 32u) {
    if (lane < 64u) { atomicStore(&marks[lane], 0u); }
    workgroupBarrier();
    var word = 0u;
    for (var n = lane / 64u; n < 32u && first + n < end; n += 4u) {
      if (!mine) { break; }
      let pre = preActivations[(first + n) * sizes.N + sizes.firstLatent + i];
      term += windowTerm(pre, theta, latent, sizes.bandwidth, sizes.epsilon);
      if (isNear(pre, theta, sizes.bandwidth)) { word |= 1u << n; }
    }
    if (word != 0u) { atomicOr(&marks[column], word); }
    workgroupBarrier();
    for (var n = 0u; n < 8u; n++) {
      let c = 8u * (lane / 32u) + n;
      var near = atomicLoad(&marks[c]);
      if (near == 0u) { continue; }
      let block = latents[sizes.firstLatent + group.x * 64u + c].block;
      let own = (group.x * 64u + c) * sizes.columns;
      while (near != 0u) {
        let row = sizes.firstRow + first + countTrailingZeros(near);
        let sums = (block * sizes.B + row) * sizes.columns;
        for (var k = lane % 32u; k < sizes.columns; k += 32u) {
          products[n] += dotOf(reverseSums[sums + k], decoder[own + k]);
        }
        near &= near - 1u;
      }
    }
    workgroupBarrier();
  }
  terms[lane] = term;
  for (var n = 0u; n < 8u; n++) {
    let sum = sumOverSegment(lane, products[n]);
    let c = 8u * (lane / 32u) + n;
    if (lane % 32u == 0u && group.x * 64u + c < sizes.latents) {
      let others = (terms[c] + terms[64u + c]) + (terms[128u + c] + terms[192u + c]);
      let at = (sizes.firstChunk + group.y) * sizes.N + sizes.firstLatent + group.x * 64u + c;
      partials[at] = vec2<f32>(sum, 0.0) + others;
    }
  }
}
