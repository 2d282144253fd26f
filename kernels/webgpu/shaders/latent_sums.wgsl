// penalties_i = Σ_b φ(|f_bi| n_i)      counts_i = #{b : f_bi ≠ 0}      squares_i = Σ_b f_bi²
//
// activations [rows, N], the others [N]; parts of the batch add up. A workgroup takes 64 latents; four threads share one.
// modules: penalty, sum_of_four

// Whether this part of the batch adds to the parts before.
const ADDS: bool = false;
alias Summand = vec2<f32>;

struct Sizes { rows: u32, N: u32, epsilon: f32, offset: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> activations: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> penalties: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<u32>;
@group(0) @binding(5) var<storage, read_write> squares: array<f32>;

var<workgroup> counted: array<atomic<u32>, 64>;

fn termsOf(f: f32, weight: f32) -> vec2<f32> {
  return vec2<f32>(penaltyValue(abs(f) * weight, sizes.epsilon, sizes.offset), f * f);
}

fn countOf(f: f32) -> u32 { return select(0u, 1u, f != 0.0); }

@compute @workgroup_size(64, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let i = group.x * 64u + local.x;
  var sum = vec2<f32>();
  var count = 0u;
  if (i < sizes.N) {
    let weight = penaltyWeight(norms[i]);
    var b = local.y;
    // Four at a time, so that their loads overlap.
    for (; b + 12u < sizes.rows; b += 16u) {
      let at = b * sizes.N + i;
      let f0 = activations[at];
      let f1 = activations[at + 4u * sizes.N];
      let f2 = activations[at + 8u * sizes.N];
      let f3 = activations[at + 12u * sizes.N];
      sum += termsOf(f0, weight);
      sum += termsOf(f1, weight);
      sum += termsOf(f2, weight);
      sum += termsOf(f3, weight);
      count += countOf(f0) + countOf(f1) + countOf(f2) + countOf(f3);
    }
    for (; b < sizes.rows; b += 4u) {
      let f = activations[b * sizes.N + i];
      sum += termsOf(f, weight);
      count += countOf(f);
    }
  }
  // Whole numbers, which come out the same in any order; sumOfFour has the barrier.
  atomicAdd(&counted[local.x], count);
  var total = sumOfFour(local, sum);
  if (local.y > 0u || i >= sizes.N) { return; }
  var number = atomicLoad(&counted[local.x]);
  if (ADDS) {
    total += vec2<f32>(penalties[i], squares[i]);
    number += counts[i];
  }
  penalties[i] = total.x;
  squares[i] = total.y;
  counts[i] = number;
}
