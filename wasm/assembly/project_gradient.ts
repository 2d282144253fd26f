// z_i = D_i / (‖D_i‖ + ε), or D_i        ∂D_i ← ∂D_i − ⟨∂D_i, z_i⟩ z_i        where D_i ≠ 0 or ε > 0
//
// Layout: D and ∂D [N, d].
// Work: items are rows.
import { addScaled, dot, sumOfSquares } from "./rows";

export function projectGradient(
  from: usize, to: usize, scratch: usize, decoder: usize, decoderGradient: usize, d: usize, epsilon: f64, assumeUnit: i32,
): void {
  for (let i = from; i < to; i++) {
    const D = decoder + 4 * i * d, dD = decoderGradient + 4 * i * d;
    const norm = assumeUnit ? 1 : <f64>sqrt<f32>(sumOfSquares(D, d)) + epsilon;
    if (norm != 0) addScaled(dD, D, <f32>(-<f64>dot(D, dD, d) / (norm * norm)), d);
  }
}
