// centred_b = x_b − c
//
// Layout: x and centred [B, d], c [d].
// Work: items are rows.
import { difference } from "./rows";

export function centre(
  from: usize, to: usize, scratch: usize, x: usize, c: usize, centred: usize, d: usize,
): void {
  for (let b = from; b < to; b++) difference(centred + 4 * b * d, x + 4 * b * d, c, d);
}
