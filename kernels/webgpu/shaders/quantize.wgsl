// Quantises rows [rows, d] to integers of eight bits: s = max_k |v_k| / levels, q_k = v_k / s to the nearest integer.
//
// quantized: the bytes q_k, or of rows of the batch q_k + 64 and then those of a second digit, q'_k = 128 (v_k − s q_k)/s,
// plus 64; bounds: s, ‖v‖, ‖v − s q‖ and 64 Σ q, or of rows of the batch s, ‖v‖, ‖v − s q‖, ‖s q‖ and
// ‖v − s q − s q'/128‖. One workgroup per row.
//
// Squares are summed in units of s: so none overflows, and what squares lose that a device flushes to zero is less
// than a rounding of ‖s q‖. A row with a number that is not finite gets an infinite norm, which excludes nothing. It
// is made and recognised by its bits, because a compiler may assume that there is none.
// modules: features, sum_over_lanes

const LANES: u32 = 64u;
alias Summand = vec2<f32>;
// Whether rows of the batch are quantised; else latents.
const TWO_DIGITS: bool = false;
const LEVELS: u32 = 127u;

struct Sizes { rows: u32, groupsX: u32, d: u32, words: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> numbers: array<Features>;
@group(0) @binding(2) var<storage, read_write> quantized: array<u32>;
@group(0) @binding(3) var<storage, read_write> bounds: array<u32>;

var<workgroup> largest: atomic<u32>;
var<workgroup> total: atomic<i32>;

// Four numbers from k on, with zeros past the end of the row.
fn numbersAt(row: u32, k: u32) -> vec4<f32> {
  let at = (row * sizes.d + k) / WIDTH;
  let four = quadOf(numbers[at], numbers[at + 1u], numbers[at + 2u], numbers[at + 3u]);
  return select(vec4<f32>(), four, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
}

fn nearest(quotients: vec4<f32>) -> vec4<i32> {
  return clamp(vec4<i32>(round(quotients)), vec4<i32>(-i32(LEVELS)), vec4<i32>(i32(LEVELS)));
}

// The bytes of four integers from k on, with zeros past the end of the row.
fn packed(q: vec4<i32>, k: u32) -> u32 {
  let offset = select(0, 64, TWO_DIGITS);
  var bytes = bitcast<vec4<u32>>(q + vec4<i32>(offset)) & vec4<u32>(255u);
  bytes = select(vec4<u32>(), bytes, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(sizes.d));
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * sizes.groupsX + group.x;
  if (row >= sizes.rows) { return; }
  var most = 0u;
  for (var w = lane; w < sizes.words; w += LANES) {
    let bits = bitcast<vec4<u32>>(numbersAt(row, 4u * w)) & vec4<u32>(0x7fffffffu);
    most = max(most, max(max(bits.x, bits.y), max(bits.z, bits.w)));
  }
  atomicMax(&largest, most);
  workgroupBarrier();
  most = atomicLoad(&largest);
  let isFinite = most < 0x7f800000u;
  let scale = max(select(1.0, bitcast<f32>(most), isFinite) / f32(LEVELS), 0x1p-80);
  let at = row * sizes.words * select(1u, 2u, TWO_DIGITS);
  var sums = vec2<f32>();
  var others = vec2<f32>();
  var sum = 0;
  for (var w = lane; w < sizes.words; w += LANES) {
    let v = numbersAt(row, 4u * w);
    let quotients = v / scale;
    let q = nearest(quotients);
    let rest = v - scale * vec4<f32>(q);
    let errors = rest / scale;
    sums += vec2<f32>(dot(quotients, quotients), dot(errors, errors));
    quantized[at + w] = packed(q, 4u * w);
    if (TWO_DIGITS) {
      let second = nearest(128.0 * errors);
      quantized[at + sizes.words + w] = packed(second, 4u * w);
      let left = (rest - scale * vec4<f32>(second) / 128.0) / scale;
      others += vec2<f32>(dot(vec4<f32>(q), vec4<f32>(q)), dot(left, left));
    } else {
      sum += q.x + q.y + q.z + q.w;
    }
  }
  let norms = scale * sqrt(sumOverLanes(lane, sums));
  let norm = select(0x7f800000u, bitcast<u32>(norms.x), isFinite);
  if (TWO_DIGITS) {
    let all = scale * sqrt(sumOverLanes(lane, others));
    if (lane > 0u) { return; }
    bounds[5u * row] = bitcast<u32>(scale);
    bounds[5u * row + 1u] = norm;
    bounds[5u * row + 2u] = bitcast<u32>(norms.y);
    bounds[5u * row + 3u] = bitcast<u32>(all.x);
    bounds[5u * row + 4u] = bitcast<u32>(all.y);
  } else {
    atomicAdd(&total, sum);
    workgroupBarrier();
    if (lane > 0u) { return; }
    bounds[4u * row] = bitcast<u32>(scale);
    bounds[4u * row + 1u] = norm;
    bounds[4u * row + 2u] = bitcast<u32>(norms.y);
    bounds[4u * row + 3u] = bitcast<u32>(64.0 * f32(atomicLoad(&total)));
  }
}
