// penaltyValue(a, …) = φ(a) and penaltySlope(a, …) = φ′(a), for a = |f| penaltyWeight(n) ≥ 0.

// By PENALTY_CODES of ../../codes.ts: 0 none, 1 l1, 2 log, 3 tanh, 4 l0.
const PENALTY: u32 = 2u;
// Whether the norm of a latent's decoder row has no part in the penalty.
const UNWEIGHTED: bool = false;

fn penaltyWeight(norm: f32) -> f32 {
  if (UNWEIGHTED) { return 1.0; }
  return norm;
}

// The built-in tanh may be a quotient of infinities from 89 on, and its error is absolute. Below ½ a continued
// fraction cut after x²/9, wrong by less than 2⁻³³ of the result; above it exp(−2x) ≤ 0.37 cancels nothing.
fn tanhOf(x: f32) -> f32 {
  if (x < 0.5) {
    let s = x * x;
    return x * (945.0 + s * (105.0 + s)) / (945.0 + s * (420.0 + 15.0 * s));
  }
  let t = exp(-2.0 * x);
  return (1.0 - t) / (1.0 + t);
}

// `epsilon` is ε of the log penalty and κ of tanh, `offset` φ(0) of the log penalty where that must cost 0, else 0.
fn penaltyValue(a: f32, epsilon: f32, offset: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return a; }
  if (PENALTY == 3u) { return tanhOf(epsilon * a); }
  if (PENALTY == 4u) { return select(0.0, 1.0, a > 0.0); }
  return log(a + epsilon) - offset;
}

fn penaltySlope(a: f32, epsilon: f32) -> f32 {
  if (PENALTY == 0u || PENALTY == 4u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  if (PENALTY == 3u) {
    // κ (1 − tanh²) without its cancellation.
    let t = exp(-2.0 * epsilon * a);
    return epsilon * 4.0 * t / ((1.0 + t) * (1.0 + t));
  }
  return 1.0 / (a + epsilon);
}
