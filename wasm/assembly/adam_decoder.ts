// Adam on D, and n_i = ‖D_i‖₂ of the new rows
//
// Layout: D and what Adam reads are [N, d], n [N].
// Work: items are rows, and ranges begin at multiples of ROWS, so that Adam's vectors begin at multiples of four elements whatever d is.
// Each row is still in the cache when its norm is computed.
import { adam } from "./adam";
import { rowNorms } from "./row_norms";

/** Rows that are updated before their norms are computed. */
const ROWS: usize = 4;

export function adamDecoder(
  from: usize, to: usize, scratch: usize,
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, norm: usize, controls: usize, norms: usize,
  d: usize, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, maxNorm: f32,
): void {
  for (let i = from; i < to; i += ROWS) {
    const end = min(i + ROWS, to);
    adam(
      i * d, end * d, scratch, parameter, gradient, firstMoment, secondMoment, norm, controls,
      beta1, rest1, beta2, rest2, epsilon, maxNorm,
    );
    rowNorms(i, end, scratch, parameter, norms, d);
  }
}
