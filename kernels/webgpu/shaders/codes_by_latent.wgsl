// Latent i's rows, ascending, and values at latentOffsets[i] … latentOffsets[i + 1] − 1: sorts the entries
// that codes_by_latent_place left in any order.
//
// All rows of a latent differ, so an entry's place is the number of smaller rows. One workgroup per
// latent: up to 64 entries are compared with each other; more become bits, 2048 rows at a time.
// modules: scan_over_lanes

const LANES: u32 = 64u;

struct Sizes { N: u32, groupsX: u32, B: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> placedRows: array<u32>;
@group(0) @binding(3) var<storage, read> placedValues: array<f32>;
@group(0) @binding(4) var<storage, read_write> latentRows: array<u32>;
@group(0) @binding(5) var<storage, read_write> latentValues: array<f32>;

var<workgroup> bits: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * sizes.groupsX + group.x;
  if (i >= sizes.N) { return; }
  let begin = latentOffsets[i];
  let end = latentOffsets[i + 1u];
  if (end - begin <= LANES) {
    let e = begin + lane;
    if (e < end) {
      let row = placedRows[e];
      var place = begin;
      var other = begin;
      // Four at a time, so that their loads overlap.
      for (; other + 4u <= end; other += 4u) {
        let rows = vec4<u32>(
          placedRows[other], placedRows[other + 1u], placedRows[other + 2u], placedRows[other + 3u],
        );
        let smaller = select(vec4<u32>(), vec4<u32>(1u), rows < vec4<u32>(row));
        place += smaller.x + smaller.y + smaller.z + smaller.w;
      }
      for (; other < end; other++) { place += select(0u, 1u, placedRows[other] < row); }
      latentRows[place] = row;
      latentValues[place] = placedValues[e];
    }
    return;
  }
  var before = begin;
  for (var first = 0u; first < sizes.B; first += 32u * LANES) {
    atomicStore(&bits[lane], 0u);
    workgroupBarrier();
    for (var e = begin + lane; e < end; e += LANES) {
      // A row before the first wraps, and is then past the last.
      let row = placedRows[e] - first;
      if (row < 32u * LANES) { atomicOr(&bits[row / 32u], 1u << (row % 32u)); }
    }
    workgroupBarrier();
    let upTo = scanOverLanes(lane, countOneBits(atomicLoad(&bits[lane])));
    for (var e = begin + lane; e < end; e += LANES) {
      let row = placedRows[e] - first;
      if (row < 32u * LANES) {
        let word = atomicLoad(&bits[row / 32u]);
        let later = countOneBits(word >> (row % 32u));
        let place = before + sums[row / 32u] - later;
        latentRows[place] = first + row;
        latentValues[place] = placedValues[e];
      }
    }
    before += sums[LANES - 1u];
    workgroupBarrier();
  }
}
