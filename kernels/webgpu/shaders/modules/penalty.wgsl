// penaltyValue(a, …) = φ(a) and penaltySlope(a, …) = φ′(a), for a = |f| n ≥ 0.

// By PENALTY_CODES of ../../codes.ts: 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

// `offset` is φ(0) of the log penalty where that must cost 0, else 0.
fn penaltyValue(a: f32, epsilon: f32, offset: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return a; }
  return log(a + epsilon) - offset;
}

fn penaltySlope(a: f32, epsilon: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + epsilon);
}
