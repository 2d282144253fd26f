// partials[c, k] = Σ of term(row, k) over the rows of chunk c: values [rows, width]. Terms:
// the value, or its product with factors[row], or (value − means[k])².
//
// A workgroup takes 64 columns and one chunk of rows; four threads share a column.
// modules: sum_of_four

// By TERM_CODES of ../codes.ts: 0 the value, 1 times factors[row], 2 squared distance from means[k].
const TERM: u32 = 0u;
const CHUNK: u32 = 128u;
alias Summand = f32;

struct Sizes { rows: u32, width: u32, firstChunk: u32, firstRow: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> factors: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let k = group.x * 64u + local.x;
  let end = min((group.y + 1u) * CHUNK, sizes.rows);
  var sum = 0.0;
  if (k < sizes.width) {
    for (var row = group.y * CHUNK + local.y; row < end; row += 4u) {
      let value = values[row * sizes.width + k];
      if (TERM == 0u) { sum += value; }
      if (TERM == 1u) { sum += factors[sizes.firstRow + row] * value; }
      if (TERM == 2u) { sum += (value - factors[k]) * (value - factors[k]); }
    }
  }
  let total = sumOfFour(local, sum);
  if (local.y == 0u && k < sizes.width) {
    partials[(sizes.firstChunk + group.y) * sizes.width + k] = total;
  }
}
