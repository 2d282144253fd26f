// terms_term ← [terms_term +] factor·Σ partials; with FIRST the term is replaced. partials [count]. One workgroup.
// modules: auxiliary_factor, sum_over_lanes

const LANES: u32 = 256u;
alias Summand = f32;
const FIRST: bool = false;

struct Sizes { count: u32, term: u32, B: u32, scale: f32, full: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> deadCount: array<u32>;
@group(0) @binding(4) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(5) var<storage, read_write> terms: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var e = lane; e < sizes.count; e += LANES) { own += partials[e]; }
  let all = sumOverLanes(lane, own);
  if (lane > 0u) { return; }
  let factor = auxiliaryFactor();
  var loss = 0.0;
  if (factor != 0.0) { loss = factor * all; }
  if (!FIRST) { loss += terms[sizes.term]; }
  terms[sizes.term] = loss;
}
