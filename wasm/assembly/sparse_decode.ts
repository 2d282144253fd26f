// x̂_b = c + Σ_{active i < prefix} f_bi D_i
//
// Layout: codes by row (rowOffsets, indices, values), D [N, d], x̂ [B, d].
// Work: threads take ranges of rows.
import { addRows, LIST_BYTES } from "./gather";

/** Decoder rows that are added in one pass. */
const LIST: usize = 8;

export function sparseDecodeScratchBytes(): usize {
  return LIST * LIST_BYTES;
}

export function sparseDecode(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, decoderBias: usize, reconstruction: usize,
  d: usize, prefix: usize,
): void {
  for (let b = from; b < to; b++) {
    const last = <usize>load<u32>(rowOffsets + 4 * b, 4);
    let taken: usize = 0, source = decoderBias;
    const row = reconstruction + 4 * b * d;
    for (let e = <usize>load<u32>(rowOffsets + 4 * b); e < last; e++) {
      const i = <usize>load<u32>(indices + 4 * e);
      if (i >= prefix) continue;
      store<u32>(scratch + taken * LIST_BYTES, decoder + 4 * i * d);
      store<f32>(scratch + taken * LIST_BYTES, load<f32>(values + 4 * e), 4);
      if (++taken == LIST) {
        addRows(row, source, scratch, LIST, d);
        source = row, taken = 0;
      }
    }
    addRows(row, source, scratch, taken, d);
  }
}
