// product(b, lane, count, end): x_b E_i, where i is the candidate `lane` of the last `count` before `end` in a list, with the
// order of sums of modules/tile_loop.wgsl: in a quad the last k is first. Threads bring the rows of E together, 4·QUADS
// inputs at a time.
//
// Uses LANES, 64, sizes.d, the bindings input and encoder, and the candidates in `list` of the shader. Every thread must call it.
// modules: features

// Quads of k in a step.
const QUADS: u32 = 8u;

// Four k of every candidate, and then of the row, as bits: between calls, a shader may keep other things there.
var<workgroup> staged: array<array<vec4<u32>, LANES + 1u>, QUADS>;

fn rowQuad(at: u32, k: u32) -> vec4<f32> {
  let n = (at + k) / WIDTH;
  let four = quadOf(input[n], input[n + 1u], input[n + 2u], input[n + 3u]);
  return select(vec4<f32>(), four, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
}

fn latentQuad(at: u32, k: u32) -> vec4<f32> {
  let n = (at + k) / WIDTH;
  let four = quadOf(encoder[n], encoder[n + 1u], encoder[n + 2u], encoder[n + 3u]);
  return select(vec4<f32>(), four, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
}

// Where the rows begin of which a thread brings quad q: those of the first eight of its candidates, APART from each other.
const APART: u32 = LANES / QUADS;
alias Rows = array<u32, QUADS>;

fn rowOf(c: u32, count: u32, end: u32) -> u32 { return list[end - 1u - min(c, count - 1u)] * sizes.d; }

fn load(at: Rows, k: u32, e: ptr<function, array<vec4<f32>, QUADS>>) {
  (*e)[0] = latentQuad(at[0], k); (*e)[1] = latentQuad(at[1], k);
  (*e)[2] = latentQuad(at[2], k); (*e)[3] = latentQuad(at[3], k);
  (*e)[4] = latentQuad(at[4], k); (*e)[5] = latentQuad(at[5], k);
  (*e)[6] = latentQuad(at[6], k); (*e)[7] = latentQuad(at[7], k);
}

fn stage(q: u32, c: u32, four: vec4<f32>) { staged[q][c] = bitcast<vec4<u32>>(four); }

// The next step's loads are under way during a step.
fn product(b: u32, lane: u32, count: u32, end: u32) -> f32 {
  let q = lane % QUADS; let c = lane / QUADS;
  let at = Rows(
    rowOf(c, count, end), rowOf(c + APART, count, end), rowOf(c + 2u * APART, count, end), rowOf(c + 3u * APART, count, end),
    rowOf(c + 4u * APART, count, end), rowOf(c + 5u * APART, count, end), rowOf(c + 6u * APART, count, end), rowOf(c + 7u * APART, count, end),
  );
  var e: array<vec4<f32>, QUADS>;
  load(at, 4u * q, &e);
  var x = rowQuad(b * sizes.d, 4u * q);
  var sum = 0.0;
  for (var k0 = 0u; k0 < sizes.d; k0 += 4u * QUADS) {
    stage(q, c, e[0]); stage(q, c + APART, e[1]); stage(q, c + 2u * APART, e[2]); stage(q, c + 3u * APART, e[3]);
    stage(q, c + 4u * APART, e[4]); stage(q, c + 5u * APART, e[5]); stage(q, c + 6u * APART, e[6]);
    stage(q, c + 7u * APART, e[7]);
    if (c == 0u) { stage(q, LANES, x); }
    workgroupBarrier();
    let next = k0 + 4u * QUADS;
    if (next < sizes.d) {
      x = rowQuad(b * sizes.d, next + 4u * q);
      load(at, next + 4u * q, &e);
    }
    for (var n = 0u; n < QUADS; n++) {
      let a = bitcast<vec4<f32>>(staged[n][LANES]); let f = bitcast<vec4<f32>>(staged[n][lane]);
      sum = fma(a.w, f.w, sum); sum = fma(a.z, f.z, sum);
      sum = fma(a.y, f.y, sum); sum = fma(a.x, f.x, sum);
    }
    workgroupBarrier();
  }
  return sum;
}
