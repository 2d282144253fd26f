// n_i = ‖D_i‖₂
//
// Layout: D [N, d], n [N].
// Work: items are rows.
import { sumOfSquares } from "./rows";

export function rowNorms(from: usize, to: usize, scratch: usize, decoder: usize, norms: usize, d: usize): void {
  for (let i = from; i < to; i++) store<f32>(norms + 4 * i, sqrt<f32>(sumOfSquares(decoder + 4 * i * d, d)));
}
