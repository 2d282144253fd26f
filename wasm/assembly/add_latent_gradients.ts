// g_b = ⟨δ_b, D_i⟩        ∂E_i += Σ_b g_b x_b        ∂b_i += Σ_b g_b        ∂D_i += Σ_b f_b δ_b        over the codes of latent i
//
// Layout: codes by latent; δ and x [B, d]; D, ∂D and ∂E [N, d]; ∂b [N].
// Work: threads take ranges of latents. A visit takes four rows, as in `sparseLatentGradients`.
import { combineFour, combineTwo, dotFour, dotTwo } from "./listed_rows";
import { addScaled, dot } from "./rows";

export function addLatentGradients(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, outputGradient: usize, input: usize, decoder: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, d: usize, encoder: i32,
): void {
  const bytes: usize = 4 * d;
  for (let i = from; i < to; i++) {
    const last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    const dE = encoderGradient + i * bytes, dD = decoderGradient + i * bytes, D = decoder + i * bytes;
    let bias: f32 = 0;
    for (let e = <usize>load<u32>(latentOffsets + 4 * i); e < last;) {
      const left = last - e, rows = latentRows + 4 * e, f = latentValues + 4 * e;
      if (!ASC_FEATURE_SIMD || left == 1) {
        const row = <usize>load<u32>(rows) * bytes;
        if (encoder) {
          const g = dot(outputGradient + row, D, d);
          bias += g;
          addScaled(dE, input + row, g, d);
        }
        addScaled(dD, outputGradient + row, load<f32>(f), d);
        e++;
        continue;
      }
      const visited: usize = left < 4 ? 2 : 4;
      if (encoder) {
        if (visited == 2) {
          dotTwo(scratch, D, outputGradient, rows, bytes);
          combineTwo(dE, dE, 1, input, rows, scratch, bytes);
        } else {
          dotFour(scratch, D, outputGradient, rows, bytes);
          combineFour(dE, dE, 1, input, rows, scratch, bytes);
        }
        for (let n: usize = 0; n < 4 * visited; n += 4) bias += load<f32>(scratch + n);
      }
      if (visited == 2) combineTwo(dD, dD, 1, outputGradient, rows, f, bytes);
      else combineFour(dD, dD, 1, outputGradient, rows, f, bytes);
      e += visited;
    }
    if (encoder) store<f32>(encoderBiasGradient + 4 * i, load<f32>(encoderBiasGradient + 4 * i) + bias);
  }
}
