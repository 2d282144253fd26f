// dead = the latents with silent_i ≥ after, ascending, and their number: of the block `level`, or of all of them if
// `level` is not less than P.
//
// silent and dead [N], p [P], deadCount [1]. One workgroup; each thread takes a run of latents.
// modules: scan_over_lanes

const LANES: u32 = 256u;

struct Sizes { N: u32, P: u32, after: u32, level: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> silent: array<u32>;
@group(0) @binding(2) var<storage, read> bounds: array<u32>;
@group(0) @binding(3) var<storage, read_write> dead: array<u32>;
@group(0) @binding(4) var<storage, read_write> deadCount: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var first = 0u;
  var last = sizes.N;
  if (sizes.level < sizes.P) {
    last = bounds[sizes.level];
    if (sizes.level > 0u) { first = bounds[sizes.level - 1u]; }
  }
  let run = (last - first + LANES - 1u) / LANES;
  let begin = min(first + lane * run, last);
  let end = min(begin + run, last);
  var own = 0u;
  for (var i = begin; i < end; i++) { own += select(0u, 1u, silent[i] >= sizes.after); }
  let upTo = scanOverLanes(lane, own);
  if (lane == LANES - 1u) { deadCount[0] = upTo; }
  var place = upTo - own;
  for (var i = begin; i < end; i++) {
    if (silent[i] >= sizes.after) {
      dead[place] = i;
      place++;
    }
  }
}
