// centred_b = x_b − c
//
// Layout: x and centred [B, d], c [d].
// Work: items are rows.
import { difference } from "./rows";

export function centre(
  from: usize, to: usize, scratch: usize, input: usize, decoderBias: usize, centred: usize, d: usize,
): void {
  for (let b = from; b < to; b++) difference(centred + 4 * b * d, input + 4 * b * d, decoderBias, d);
}
