// D_i ← D_i / ‖D_i‖, unless it is 0        n_i = ‖D_i‖ of the new row
//
// Layout: D [N, d], n [N].
// Work: items are rows.
import { scaled, sumOfSquares } from "./rows";

export function normalizeRows(from: usize, to: usize, scratch: usize, rows: usize, norms: usize, d: usize): void {
  for (let i = from; i < to; i++) {
    const row = rows + 4 * i * d;
    const norm = sqrt<f32>(sumOfSquares(row, d));
    if (norm > 0) scaled(row, row, 1 / norm, d);
    store<f32>(norms + 4 * i, sqrt<f32>(sumOfSquares(row, d)));
  }
}
