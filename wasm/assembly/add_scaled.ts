// target ← target + factor·source
//
// Layout: both flat, factor one number.
// Work: items are elements.
import { addScaled } from "./rows";

export function addMultiple(from: usize, to: usize, scratch: usize, source: usize, factor: usize, target: usize): void {
  addScaled(target + 4 * from, source + 4 * from, load<f32>(factor), to - from);
}
