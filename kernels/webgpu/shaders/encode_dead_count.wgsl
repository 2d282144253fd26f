// rowOffsets[firstRow + b + 1] = min(k, the keys of row b above 0); chosen_b = (the k-th largest of them, how many
// that equal it are kept), or (0, 0) if there are fewer.
//
// keys [rows, N], of which deadCount columns are used. One workgroup per row, radix selection as in topk.wgsl.
// modules: digit

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32, k: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> deadCount: array<u32>;
@group(0) @binding(3) var<storage, read_write> chosen: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> rowOffsets: array<u32>;

var<workgroup> histogram: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  var threshold = 0u;
  var mask = 0u;
  var wanted = sizes.k;
  for (var shift = 32u; shift > 0u;) {
    shift -= 8u;
    atomicStore(&histogram[lane], 0u);
    workgroupBarrier();
    for (var n = lane; n < deadCount[0]; n += LANES) {
      let key = keys[b * sizes.N + n];
      if (key > 0u && (key & mask) == threshold) {
        atomicAdd(&histogram[255u - ((key >> shift) & 255u)], 1u);
      }
    }
    workgroupBarrier();
    let digit = digitOf(lane, atomicLoad(&histogram[lane]), wanted);
    if (digit.x == 256u) {
      // Fewer than k, which the first digit shows: all of them stay.
      if (lane == 0u) {
        chosen[b] = vec2<u32>();
        rowOffsets[sizes.firstRow + b + 1u] = sums[LANES - 1u];
      }
      return;
    }
    threshold |= digit.x << shift;
    mask |= 255u << shift;
    wanted = digit.y;
    workgroupBarrier();
  }
  if (lane == 0u) {
    chosen[b] = vec2<u32>(threshold, wanted);
    rowOffsets[sizes.firstRow + b + 1u] = sizes.k;
  }
}
