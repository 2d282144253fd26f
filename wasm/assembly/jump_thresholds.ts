// θ_i = exp(t_i), or t_i        start_i = θ_i − h/2
//
// Layout: all [N].
// Work: items are latents.
import { exponential } from "./exponential";

export function jumpThresholds(
  from: usize, to: usize, scratch: usize,
  parameter: usize, threshold: usize, windowStart: usize, logarithm: i32, half: f32,
): void {
  for (let i: usize = 4 * from, end: usize = 4 * to; i < end; i += 4) {
    const t = load<f32>(parameter + i), theta = logarithm ? exponential(t) : t;
    store<f32>(threshold + i, theta);
    store<f32>(windowStart + i, theta - half);
  }
}
