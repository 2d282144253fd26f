// g_b = ⟨δ_b, D_i⟩        ∂E_i += Σ_b g_b x_b        ∂b_i += Σ_b g_b        ∂D_i += Σ_b f_b δ_b        over the codes of latent i
//
// Layout: codes by latent; δ and x [B, d]; D, ∂D and ∂E [N, d]; ∂b [N].
// Work: threads take ranges of codes, rounded to whole latents. Where latents have few codes, a visit takes four rows, as in
// `sparseLatentGradients`; where they have many, blocks of the batch are packed (add_code_blocks.ts).
import { addCodeBlocks, addCodeBlocksScratchBytes, BLOCK_ROWS } from "./add_code_blocks";
import { combineFour, combineTwo, dotFour, dotTwo } from "./listed_rows";
import { addScaled, dot } from "./rows";

/** Codes of a latent in a block of the batch above which packing pays. */
const PACKED_CODES: usize = 8;
/** Room for the dot products of a visit. */
const VISIT_BYTES: usize = 16;

export function addLatentGradientsScratchBytes(B: usize, d: usize, N: usize): usize {
  return max(VISIT_BYTES, addCodeBlocksScratchBytes(B, d, N));
}

export function addLatentGradients(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, outputGradient: usize, input: usize, decoder: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, B: usize, d: usize, N: usize, encoder: i32,
): void {
  const first = latentAt(latentOffsets, N, from), end = latentAt(latentOffsets, N, to), bytes: usize = 4 * d;
  // The choice follows from all codes, so that threads do not change any bit.
  if (ASC_FEATURE_SIMD && isDense(latentOffsets, B, N)) {
    addCodeBlocks(
      first, end, scratch, latentOffsets, latentRows, latentValues, outputGradient, input, decoder,
      encoderGradient, encoderBiasGradient, decoderGradient, B, d, encoder,
    );
    return;
  }
  for (let i = first; i < end; i++) {
    const e = <usize>load<u32>(latentOffsets + 4 * i), last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    if (e == last) continue;
    const at = i * bytes, dE = encoder ? encoderGradient + at : 0;
    const bias = addRows(scratch, latentRows, latentValues, e, last, outputGradient, input, decoder + at, dE, decoderGradient + at, d);
    if (encoder) store<f32>(encoderBiasGradient + 4 * i, load<f32>(encoderBiasGradient + 4 * i) + bias);
  }
}

/** Returns the first latent whose codes begin at share item/N of all codes or after it; N for the last item. */
function latentAt(latentOffsets: usize, N: usize, item: usize): usize {
  if (item == N) return N;
  const least = <u64>item * <u64>load<u32>(latentOffsets + 4 * N);
  let low: usize = 0, high = N;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (<u64>load<u32>(latentOffsets + 4 * middle) * <u64>N < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isDense(latentOffsets: usize, B: usize, N: usize): bool {
  let named: usize = 0;
  for (let i: usize = 0; i < 4 * N; i += 4) named += usize(load<u32>(latentOffsets + i) != load<u32>(latentOffsets + i, 4));
  return <usize>load<u32>(latentOffsets + 4 * N) > PACKED_CODES * named * ((B + BLOCK_ROWS - 1) / BLOCK_ROWS);
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
