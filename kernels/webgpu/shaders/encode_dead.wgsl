// The pre-activations ⟨x_b, E_i⟩ + b_i of the dead latents, as keys that ascend with them: keys_b,n is that of the n-th
// dead latent, and 0 where it may not be kept.
//
// x [B, d], E [latents, d], both with k running fastest; keys [rows, N], of which deadCount columns are used. Tiles as
// in encode.wgsl, and as there E may be a slice of the latents, and the rows a part of the batch. Workgroups past the
// last dead latent have nothing to do.
// modules: features, ordered_key, tile_loop

// Threads on a side: 16 makes a tile of 128×128, 8 one of 64×64.
const SIDE: u32 = 8u;
// Quads of k in a tile.
const DEPTH: u32 = 2u;
// Whether only values above 0 may be kept.
const RECTIFIED: bool = true;

struct Sizes { rows: u32, firstRow: u32, d: u32, latents: u32, firstLatent: u32, N: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read> dead: array<u32>;
@group(0) @binding(5) var<storage, read> deadCount: array<u32>;
@group(0) @binding(6) var<storage, read_write> keys: array<u32>;

fn rowQuad(at: u32) -> vec4<f32> {
  return quadOf(input[at], input[at + 1u], input[at + 2u], input[at + 3u]);
}

fn latentQuad(at: u32) -> vec4<f32> {
  return quadOf(encoder[at], encoder[at + 1u], encoder[at + 2u], encoder[at + 3u]);
}

// The first column, of those from `first` on and before `end`, whose latent is not before `latent`, else `end`. Dead
// latents ascend.
fn columnOf(latent: u32, first: u32, end: u32) -> u32 {
  var low = first; var high = end;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (dead[middle] < latent) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

// Four columns of a thread: which they are, and their biases. Past either end of the tile's columns, `ends`, those at the
// end have been computed again, and the same key is stored once more.
struct Four { some: bool, columns: vec4<u32>, bias: vec4<f32> }

// Latents of both quads are loaded at once.
fn foursFrom(column: u32, ends: vec2<u32>) -> array<Four, 2> {
  let far = column + 4u * SIDE;
  let a = columnsFrom(column, ends); let b = columnsFrom(far, ends);
  let i = vec4<u32>(dead[a.x], dead[a.y], dead[a.z], dead[a.w]);
  let j = vec4<u32>(dead[b.x], dead[b.y], dead[b.z], dead[b.w]);
  let near = vec4<f32>(encoderBias[i.x], encoderBias[i.y], encoderBias[i.z], encoderBias[i.w]);
  return array<Four, 2>(
    Four(column <= ends.y && column + 3u >= ends.x, a, near),
    Four(far <= ends.y && far + 3u >= ends.x, b,
      vec4<f32>(encoderBias[j.x], encoderBias[j.y], encoderBias[j.z], encoderBias[j.w])),
  );
}

fn columnsFrom(column: u32, ends: vec2<u32>) -> vec4<u32> {
  return clamp(column + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(ends.x), vec4<u32>(ends.y));
}

// Where a thread's rows are: the first, and their number and distance in keys. Read once, because a compiler would read
// sizes again for every row.
struct Rows { first: u32, end: u32, N: u32 }

fn finishRow(sums: vec4<f32>, row: u32, rows: Rows, four: Four) {
  if (row >= rows.end) { return; }
  let pre = sums + four.bias;
  let n = row * rows.N + four.columns;
  let kept = vec4<bool>(!RECTIFIED) | (pre > vec4<f32>());
  let key = select(vec4<u32>(), vec4<u32>(keyOf(pre.x), keyOf(pre.y), keyOf(pre.z), keyOf(pre.w)), kept);
  keys[n.x] = key.x; keys[n.y] = key.y; keys[n.z] = key.z; keys[n.w] = key.w;
}

// Stores the quads of half h.
fn finishHalf(h: u32, rows: Rows, four: Four, c: ptr<function, Products>) {
  if (!four.some) { return; }
  let y = rows.first;
  let far = y + 4u * SIDE;
  finishRow((*c)[h], y, rows, four); finishRow((*c)[2u + h], y + 1u, rows, four);
  finishRow((*c)[4u + h], y + 2u, rows, four); finishRow((*c)[6u + h], y + 3u, rows, four);
  finishRow((*c)[8u + h], far, rows, four); finishRow((*c)[10u + h], far + 1u, rows, four);
  finishRow((*c)[12u + h], far + 2u, rows, four); finishRow((*c)[14u + h], far + 3u, rows, four);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let first = vec2<u32>(group.y, group.x) * 8u * SIDE;
  if (first.y >= deadCount[0]) { return; }
  // Of the tile's columns only those of latents of this slice are computed, and the nearest of them in place of others.
  var begin = first.y;
  var end = min(first.y + 8u * SIDE, deadCount[0]);
  if (dead[begin] < sizes.firstLatent) { begin = columnOf(sizes.firstLatent, begin, end); }
  if (dead[end - 1u] >= sizes.firstLatent + sizes.latents) {
    end = columnOf(sizes.firstLatent + sizes.latents, begin, end);
  }
  if (begin >= end) { return; }
  var share = shareOf(local, first, vec2<u32>(sizes.rows, end) - 1u);
  let columns = max(share.columns, vec2<u32>(begin));
  let own = vec2<u32>(dead[columns.x], dead[columns.y]) - sizes.firstLatent;
  share.at = vec4<u32>(share.at.xy, own * (sizes.d / WIDTH) + share.k / WIDTH);
  var c: Products;
  addProducts(share, 0u, local, &c);
  let fours = foursFrom(first.y + 4u * local.x, vec2<u32>(begin, end - 1u));
  let rows = Rows(first.x + 4u * local.y, sizes.rows, sizes.N);
  finishHalf(0u, rows, fours[0], &c);
  finishHalf(1u, rows, fours[1], &c);
}
