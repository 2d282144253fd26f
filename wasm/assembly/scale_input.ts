// r ← decay·r + (1 − decay)·mean_b ‖raw_b‖        scale = √d·correction / r, or 1 where r = 0        input = scale·raw
//
// Layout: raw and input [B, d]; norms [B] live between the phases.
// Work: items are rows (rowNorms takes their norms), then one item (the scale), then rows again (scaled).
import { scaled } from "./rows";

export function inputScale(
  from: usize, to: usize, scratch: usize,
  norms: usize, correction: usize, running: usize, scale: usize, B: usize, d: usize, decay: f64,
): void {
  let sum: f64 = 0;
  for (let b: usize = 0; b < B; b++) sum += load<f32>(norms + 4 * b);
  const r = decay * load<f32>(running) + (1 - decay) * (sum / <f64>B);
  store<f32>(running, <f32>r);
  // Not `r > 0`: a NaN must reach the scale.
  store<f32>(scale, r == 0 ? 1 : <f32>(sqrt<f64>(<f64>d) * load<f32>(correction) / r));
}

export function scaleInput(
  from: usize, to: usize, scratch: usize, raw: usize, scale: usize, input: usize, d: usize,
): void {
  scaled(input + 4 * from * d, raw + 4 * from * d, load<f32>(scale), (to - from) * d);
}
