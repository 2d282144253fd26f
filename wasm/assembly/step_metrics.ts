// L = Σ_j w_j SE_j + λ Σ_j v_j S_j + Σ terms        ring[slot] = [L, λ, totalVariance, norm, SE_j…, S_j…, L0_j…, terms…]
//
// Layout: SE, S, L0, w and v [P]; terms [4]; ring [S, C], C ≥ 8 + 3 P.
// Work: one item.

const TERMS: usize = 4;

export function stepMetrics(
  from: usize, to: usize, scratch: usize,
  squaredErrors: usize, sparsity: usize, l0: usize, weights: usize, penaltyWeights: usize, coefficient: usize, terms: usize,
  totalVariance: usize, norm: usize, slot: usize, ring: usize, P: usize, C: usize,
): void {
  const lambda: f64 = load<f32>(coefficient);
  let loss: f64 = 0;
  for (let j: usize = 0; j < 4 * P; j += 4) {
    loss += <f64>load<f32>(weights + j) * <f64>load<f32>(squaredErrors + j);
    loss += lambda * <f64>load<f32>(penaltyWeights + j) * <f64>load<f32>(sparsity + j);
  }
  for (let t: usize = 0; t < 4 * TERMS; t += 4) loss += <f64>load<f32>(terms + t);
  const row = ring + 4 * <usize>load<u32>(slot) * C;
  store<f32>(row, <f32>loss);
  store<f32>(row, load<f32>(coefficient), 4);
  store<f32>(row, load<f32>(totalVariance), 8);
  store<f32>(row, load<f32>(norm), 12);
  memory.copy(row + 16, squaredErrors, 4 * P);
  memory.copy(row + 16 + 4 * P, sparsity, 4 * P);
  memory.copy(row + 16 + 8 * P, l0, 4 * P);
  memory.copy(row + 16 + 12 * P, terms, 4 * TERMS);
}
