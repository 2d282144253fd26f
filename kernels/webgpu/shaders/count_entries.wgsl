// wordOffsets[b, w] = the number of bits in the words of row b before w; rowOffsets[b + 1] = that in all words.
//
// masks and wordOffsets [rows, words]. One workgroup per row.
// modules: scan_over_lanes

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, words: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> masks: array<u32>;
@group(0) @binding(2) var<storage, read_write> wordOffsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> rowOffsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  var before = 0u;
  for (var first = 0u; first < sizes.words; first += LANES) {
    let w = first + lane;
    var count = 0u;
    if (w < sizes.words) { count = countOneBits(masks[b * sizes.words + w]); }
    let upTo = scanOverLanes(lane, count);
    if (w < sizes.words) { wordOffsets[b * sizes.words + w] = before + upTo - count; }
    before += sums[LANES - 1u];
    workgroupBarrier();
  }
  if (lane == 0u) { rowOffsets[b + 1u] = before; }
}
