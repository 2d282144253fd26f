// The k largest activations of each row, given upper bounds of its pre-activations: the codes of row b take the place of its
// bounds, k indices in ascending order and then k values; rowOffsets[firstRow + b + 1] counts those that are positive.
//
// First the latents whose bounds reach the row's edge are computed, at least k. The k-th largest of their activations is a
// bound from below: whatever is not under it is computed then. If a row has more than `most` candidates, tooMany becomes 1
// and the codes are void.
//
// bounds [rows, N], as bits; edges [B] becomes the number of candidates, as f32. One workgroup per row; it lists
// candidates, and whenever the list is full, computes them and keeps the k largest.
// modules: candidate_dots

const LANES: u32 = 64u;
// Room for candidates: 256 that are kept, 256 bounds read at a time, and one for each thread.
const LIST: u32 = 576u;
// Bounds that are read at a time.
const CHUNK: u32 = 4u * LANES;

// Bits of 2¹²⁶: what has no bound reaches it, and is always computed.
const OPEN: u32 = 0x7e800000u;

struct Sizes { rows: u32, groupsX: u32, firstRow: u32, d: u32, N: u32, k: u32, most: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<Features>;
@group(0) @binding(2) var<storage, read> encoder: array<Features>;
@group(0) @binding(3) var<storage, read> encoderBias: array<f32>;
@group(0) @binding(4) var<storage, read_write> bounds: array<u32>;
@group(0) @binding(5) var<storage, read_write> edges: array<u32>;
@group(0) @binding(6) var<storage, read_write> rowOffsets: array<u32>;
@group(0) @binding(7) var<storage, read_write> tooMany: array<u32>;

// Candidates, the kept ones first, and their activations as bits, which ascend with them.
var<workgroup> list: array<u32, LIST>;
var<workgroup> values: array<u32, LIST>;
var<workgroup> listed: atomic<u32>;
var<workgroup> kept: atomic<u32>;
var<workgroup> length: u32;

// Lists those of latents i, i + LANES, … i + 3·LANES whose bound reaches `least` and is below `end`. All four are compared
// before any is listed: else a compiler loads one after the other.
fn consider(row: u32, i: u32, least: u32, end: u32) {
  let at = vec4<u32>(i, i + LANES, i + 2u * LANES, i + 3u * LANES);
  let four = vec4<u32>(bounds[row + at.x], bounds[row + at.y], bounds[row + at.z], bounds[row + at.w]);
  let isListed = (four >= vec4<u32>(least)) & (four < vec4<u32>(end)) & (at < vec4<u32>(sizes.N));
  if (!any(isListed)) { return; }
  if (isListed.x) { list[atomicAdd(&listed, 1u)] = at.x; }
  if (isListed.y) { list[atomicAdd(&listed, 1u)] = at.y; }
  if (isListed.z) { list[atomicAdd(&listed, 1u)] = at.z; }
  if (isListed.w) { list[atomicAdd(&listed, 1u)] = at.w; }
}

// Computes the candidates from `begin` up to `end` of the list.
fn compute(b: u32, lane: u32, begin: u32, end: u32) {
  for (var last = end; last > begin;) {
    let count = min(last - begin, LANES);
    let sum = product(b, lane, count, last);
    if (lane < count) {
      let e = last - 1u - lane;
      let pre = sum + encoderBias[list[e]];
      values[e] = bitcast<u32>(select(0.0, pre, pre > 0.0));
    }
    last -= count;
  }
  workgroupBarrier();
}

// Keeps the k largest of the first `end` of the list, and returns how many are positive; ties go to the lower index.
fn keepLargest(lane: u32, end: u32) -> u32 {
  if (lane == 0u) { atomicStore(&kept, 0u); }
  workgroupBarrier();
  for (var e = lane; e < end; e += LANES) {
    let own = vec2<u32>(list[e], values[e]);
    var rank = 0u;
    for (var n = 0u; n < end; n++) {
      let isBefore = values[n] > own.y || (values[n] == own.y && list[n] < own.x);
      rank += select(0u, 1u, isBefore);
    }
    if (own.y > 0u && rank < sizes.k) {
      staged[rank % QUADS][rank / QUADS] = vec4<u32>(own, 0u, 0u);
      atomicMax(&kept, rank + 1u);
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    length = atomicLoad(&kept);
    atomicStore(&listed, length);
  }
  let count = workgroupUniformLoad(&length);
  for (var e = lane; e < count; e += LANES) {
    let own = staged[e % QUADS][e / QUADS];
    list[e] = own.x;
    values[e] = own.y;
  }
  workgroupBarrier();
  return count;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  let row = b * sizes.N;
  let edge = clamp(edges[sizes.firstRow + b], 1u, OPEN);
  workgroupBarrier();
  var count = 0u;
  var least = 1u;
  var candidates = 0u;
  for (var turn = 0u; turn < 2u; turn++) {
    for (var first = 0u; first < sizes.N; first += CHUNK) {
      // A bound that is not positive has larger bits than all that are.
      if (turn == 0u) { consider(row, first + lane, edge, 0x80000000u); }
      else { consider(row, first + lane, least, edge); }
      workgroupBarrier();
      if (lane == 0u) { length = atomicLoad(&listed); }
      let end = workgroupUniformLoad(&length);
      if (end > count && (end + CHUNK > LIST || first + CHUNK >= sizes.N)) {
        candidates += end - count;
        if (candidates > sizes.most) {
          if (lane == 0u) {
            tooMany[0] = 1u;
            rowOffsets[sizes.firstRow + b + 1u] = 0u;
          }
          return;
        }
        compute(b, lane, count, end);
        count = keepLargest(lane, end);
        if (count == sizes.k) { least = clamp(values[count - 1u], 1u, OPEN); }
      }
    }
  }
  for (var e = lane; e < count; e += LANES) {
    var place = row;
    for (var n = 0u; n < count; n++) { place += select(0u, 1u, list[n] < list[e]); }
    bounds[place] = list[e];
    bounds[place + sizes.k] = values[e];
  }
  if (lane == 0u) {
    edges[sizes.firstRow + b] = bitcast<u32>(f32(candidates));
    rowOffsets[sizes.firstRow + b + 1u] = count;
  }
}
