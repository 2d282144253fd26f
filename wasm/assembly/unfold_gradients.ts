// ∂D_i = (∂u_i − ⟨∂u_i, u_i⟩ u_i) / n_i + (⟨∂Ê_i, E_i⟩ + ∂b̂_i b_i) u_i        u_i = D_i / n_i
// ∂E_i = n_i ∂Ê_i        ∂b_i = n_i ∂b̂_i        all 0 where n_i = 0
//
// Layout: E, D, ∂E and ∂D [N, d]; b, n and ∂b [N]. The gradients are replaced in place.
// Work: items are latents.
import { addScaled, dot, scaled } from "./rows";

export function unfoldGradients(
  from: usize, to: usize, scratch: usize,
  encoder: usize, encoderBias: usize, decoder: usize, norms: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, d: usize,
): void {
  for (let i = from; i < to; i++) {
    const n = load<f32>(norms + 4 * i), row: usize = 4 * i * d;
    const D = decoder + row, dD = decoderGradient + row, dE = encoderGradient + row, db = encoderBiasGradient + 4 * i;
    if (!(n > 0)) {
      memory.fill(dD, 0, 4 * d);
      memory.fill(dE, 0, 4 * d);
      store<f32>(db, 0);
      continue;
    }
    const size = <f64>n, through = <f64>load<f32>(db) * <f64>load<f32>(encoderBias + 4 * i) + <f64>dot(dE, encoder + row, d);
    const along = (through - <f64>dot(dD, D, d) / (size * size)) / size;
    scaled(dD, dD, <f32>(1 / size), d);
    addScaled(dD, D, <f32>along, d);
    scaled(dE, dE, n, d);
    store<f32>(db, n * load<f32>(db));
  }
}
