// g_b = ⟨δ_b, D_i⟩        ∂E_i += Σ_b g_b x_b        ∂b_i += Σ_b g_b        ∂D_i += Σ_b f_b δ_b        over the codes of latent i
//
// Layout: codes by latent; δ and x [B, d]; D, ∂D and ∂E [N, d]; ∂b [N].
// Work: threads take ranges of latents. A visit takes four rows, as in `sparseLatentGradients`. Dead latents have codes in half of the rows, so
// a range goes through the batch once, in chunks of rows that stay in L2 for all its latents: 0.6 of the time of latent after latent.
import { combineFour, combineTwo, dotFour, dotTwo } from "./listed_rows";
import { addScaled, dot } from "./rows";

/** Rows of a chunk: with d 512, δ and x take 512 KB. */
const CHUNK: usize = 128;
/** Room for the dot products of a visit. */
const VISIT_BYTES: usize = 16;

export function addLatentGradientsScratchBytes(N: usize): usize {
  return VISIT_BYTES + 4 * N;
}

export function addLatentGradients(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, outputGradient: usize, input: usize, decoder: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, B: usize, d: usize, encoder: i32,
): void {
  const bytes: usize = 4 * d, next = scratch + VISIT_BYTES;
  memory.copy(next, latentOffsets + 4 * from, 4 * (to - from));
  for (let end = min(CHUNK, B);; end = min(end + CHUNK, B)) {
    for (let i = from; i < to; i++) {
      const last = <usize>load<u32>(latentOffsets + 4 * i, 4), first = <usize>load<u32>(next + 4 * (i - from));
      if (first == last) continue;
      let e = first;
      while (e < last && <usize>load<u32>(latentRows + 4 * e) < end) e++;
      if (e == first) continue;
      store<u32>(next + 4 * (i - from), e);
      const at = i * bytes, dE = encoder ? encoderGradient + at : 0;
      const bias = addRows(scratch, latentRows, latentValues, first, e, outputGradient, input, decoder + at, dE, decoderGradient + at, d);
      if (encoder) store<f32>(encoderBiasGradient + 4 * i, load<f32>(encoderBiasGradient + 4 * i) + bias);
    }
    if (end == B) break;
  }
}

/** Adds what codes first … last − 1 of one latent give to ∂D and, unless it is 0, ∂E; returns what they give to ∂b. */
function addRows(
  scratch: usize, latentRows: usize, latentValues: usize, first: usize, last: usize,
  outputGradient: usize, input: usize, D: usize, dE: usize, dD: usize, d: usize,
): f32 {
  const bytes: usize = 4 * d;
  let bias: f32 = 0;
  for (let e = first; e < last;) {
    const left = last - e, rows = latentRows + 4 * e, f = latentValues + 4 * e;
    if (!ASC_FEATURE_SIMD || left == 1) {
      const row = <usize>load<u32>(rows) * bytes;
      if (dE) {
        const g = dot(outputGradient + row, D, d);
        bias += g;
        addScaled(dE, input + row, g, d);
      }
      addScaled(dD, outputGradient + row, load<f32>(f), d);
      e++;
      continue;
    }
    const visited: usize = left < 4 ? 2 : 4;
    if (dE) {
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
  return bias;
}
