// Adam on E, whose new rows are quantised (quantize.ts)
//
// Layout: E and what Adam reads are [N, d].
// Work: items are rows, as in adam_decoder.ts.
import { adam } from "./adam";
import { quantizeLatents } from "./quantize";

/** Rows that are updated before they are quantised. */
const ROWS: usize = 4;

export function adamEncoder(
  from: usize, to: usize, scratch: usize,
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, norm: usize, controls: usize,
  quantized: usize, bounds: usize,
  d: usize, W: usize, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, maxNorm: f32,
): void {
  for (let i = from; i < to; i += ROWS) {
    const end = min(i + ROWS, to);
    adam(
      i * d, end * d, scratch, parameter, gradient, firstMoment, secondMoment, norm, controls,
      beta1, rest1, beta2, rest2, epsilon, maxNorm,
    );
    quantizeLatents(i, end, scratch, parameter, quantized, bounds, d, W);
  }
}
