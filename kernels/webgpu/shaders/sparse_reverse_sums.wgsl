// e_j = c + Σ_{active i < p_j} f_i D_i − x        G_m = scale·Σ_{j ≥ m} w_j e_j
//
// Codes by row: rowOffsets [B + 1], indices and values [K]. D [latents, d], p and w [P], G [P, B, d],
// where residual_start left c − x. Squared errors are left as partials [B·slices, P].
// A workgroup takes one row and a slice of 64 quads of features; a thread keeps the P residuals of
// its quad. D may be a slice of the latents: then the e_j are written and reverse_sums ends the work.
// modules: features, sum_over_lanes

const LANES: u32 = 64u;
alias Summand = f32;
const PREFIXES: u32 = 1u;
// Whether D is whole.
const REVERSES: bool = true;

struct Sizes {
  B: u32, groupsX: u32, columns: u32, slices: u32, K: u32, first: u32, end: u32, scale: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> rowOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> decoder: array<Features>;
@group(0) @binding(5) var<storage, read> bounds: array<u32>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> reverseSums: array<Features>;
@group(0) @binding(8) var<storage, read_write> partials: array<f32>;

// Four indices from entry e on. Those past the last entry are not used.
fn four(e: u32) -> vec4<u32> { return vec4<u32>(indices[e], indices[e + 1u], indices[e + 2u], indices[e + 3u]); }

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.B * sizes.slices) { return; }
  let b = g / sizes.slices;
  // Lanes past the last column go along, and store nothing.
  let own = (g % sizes.slices) * LANES + lane;
  let inside = own < sizes.columns;
  let column = min(own, sizes.columns - 1u);
  let plane = sizes.B * sizes.columns;
  let at = b * sizes.columns + column;

  var j = 0u;
  // A prefix of length 0 ends before the first slice, which still has to write it.
  for (; sizes.first > 0u && bounds[j] <= sizes.first; j++) { }
  var left = PREFIXES - 1u;
  if (j > 0u && bounds[max(j, 1u) - 1u] == sizes.first) { left = j - 1u; }
  var residual = reverseSums[left * plane + at];
  var residuals: array<Features, PREFIXES>;
  var e = rowOffsets[b];
  let last = min(rowOffsets[b + 1u], sizes.K);
  for (; e < last && indices[e] < sizes.first; e++) { }
  var reached = sizes.first;
  for (; j < PREFIXES && reached < sizes.end; j++) {
    reached = min(bounds[j], sizes.end);
    // Four at a time, so that their loads overlap. The next indices are under way meanwhile.
    var i = four(e);
    while (e + 4u <= last && i.w < reached) {
      let place = (i - sizes.first) * sizes.columns + column;
      let d0 = decoder[place.x]; let d1 = decoder[place.y]; let d2 = decoder[place.z]; let d3 = decoder[place.w];
      let f = vec4<f32>(values[e], values[e + 1u], values[e + 2u], values[e + 3u]);
      e += 4u;
      i = four(e);
      residual += f.x * d0;
      residual += f.y * d1;
      residual += f.z * d2;
      residual += f.w * d3;
    }
    for (; e < last && indices[e] < reached; e++) {
      residual += values[e] * decoder[(indices[e] - sizes.first) * sizes.columns + column];
    }
    if (reached == bounds[j]) {
      residuals[j] = residual;
      if (!REVERSES && inside) { reverseSums[j * plane + at] = residual; }
      let square = sumOverLanes(lane, select(0.0, dotOf(residual, residual), inside));
      if (lane == 0u) { partials[g * PREFIXES + j] = square; }
    } else if (inside) {
      reverseSums[(PREFIXES - 1u) * plane + at] = residual;
    }
  }
  if (!REVERSES || !inside) { return; }
  var sum = Features();
  for (var m = PREFIXES; m > 0u; m--) {
    sum += (sizes.scale * weights[m - 1u]) * residuals[m - 1u];
    reverseSums[(m - 1u) * plane + at] = sum;
  }
}
