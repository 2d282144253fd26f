// Row b's codes: the pairs (i, f_bi) with f_bi ≠ 0, i ascending, from rowOffsets[firstRow + b] on;
// those from K on are left out, and overflow = 1.
//
// f [rows, N]; indices, values [K]. One workgroup per row: 8192 latents at a time become bits, one
// word per thread, so that each thread knows its place after one scan.
// modules: kept_zero, scan_over_lanes

const LANES: u32 = 256u;

struct Sizes { rows: u32, groupsX: u32, N: u32, firstRow: u32, B: u32, K: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
@group(0) @binding(5) var<storage, read_write> overflow: array<u32>;

var<workgroup> bits: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = group.y * sizes.groupsX + group.x;
  if (b >= sizes.rows) { return; }
  if (sizes.firstRow + b + 1u == sizes.B && lane == 0u) {
    overflow[0] = select(0u, 1u, rowOffsets[sizes.B] > sizes.K);
  }
  var place = rowOffsets[sizes.firstRow + b];
  for (var first = 0u; first < sizes.N; first += 32u * LANES) {
    atomicStore(&bits[lane], 0u);
    workgroupBarrier();
    for (var n = lane; n < 32u * LANES && first + n < sizes.N; n += LANES) {
      if (activations[b * sizes.N + first + n] != 0.0) { atomicOr(&bits[n / 32u], 1u << (n % 32u)); }
    }
    workgroupBarrier();
    var word = atomicLoad(&bits[lane]);
    let count = countOneBits(word);
    var entry = place + scanOverLanes(lane, count) - count;
    place += sums[LANES - 1u];
    while (word != 0u) {
      let i = first + 32u * lane + countTrailingZeros(word);
      if (entry < sizes.K) {
        indices[entry] = i;
        values[entry] = valueOf(activations[b * sizes.N + i]);
      }
      word &= word - 1u;
      entry++;
    }
    workgroupBarrier();
  }
}
