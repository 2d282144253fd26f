// Ê_i = n_i E_i        b̂_i = n_i b_i        u_i = D_i / n_i, 0 where n_i = 0
//
// Layout: E, D, Ê and u [N, d]; b, n and b̂ [N].
// Work: items are latents.
import { scaled } from "./rows";

export function foldDecoderNorms(
  from: usize, to: usize, scratch: usize,
  encoder: usize, encoderBias: usize, decoder: usize, norms: usize,
  foldedEncoder: usize, foldedEncoderBias: usize, foldedDecoder: usize, d: usize,
): void {
  for (let i = from; i < to; i++) {
    const n = load<f32>(norms + 4 * i), row: usize = 4 * i * d;
    scaled(foldedEncoder + row, encoder + row, n, d);
    store<f32>(foldedEncoderBias + 4 * i, n * load<f32>(encoderBias + 4 * i));
    if (n > 0) scaled(foldedDecoder + row, decoder + row, 1 / n, d);
    else memory.fill(foldedDecoder + row, 0, 4 * d);
  }
}
