// x̂_b = c + Σ_{active i < prefix} f_bi D_i
//
// Layout: codes by row (rowOffsets, indices, values), D [N, d], x̂ [B, d].
// Work: threads take ranges of rows. Where few latents are active in many rows, blocks of these are packed (decode_blocks.ts).
import { Stored } from "./codes";
import { decodeBlocks, decodeBlocksScratchBytes } from "./decode_blocks";
import { addRows, LIST_BYTES } from "./gather";
import { expandRow, storedRowBytes } from "./stored";

/** Decoder rows that are added in one pass. */
const LIST: usize = 8;

export function sparseDecodeScratchBytes(): usize {
  return LIST * LIST_BYTES;
}

export function sparseDecodeBlocksScratchBytes(B: usize, d: usize): usize {
  return max(LIST * LIST_BYTES, decodeBlocksScratchBytes(B, d));
}

/** Room for the list, and for the rows in float32. */
export function sparseDecodeStoredScratchBytes(d: usize): usize {
  return LIST * (LIST_BYTES + 4 * d);
}

export function sparseDecode(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, decoderBias: usize, reconstruction: usize,
  d: usize, prefix: usize,
): void {
  decodeRows(
    from, to, scratch, rowOffsets, indices, values, decoder, 0, decoderBias, reconstruction, d, prefix, Stored.f32,
  );
}

/** Decodes as `rankLatents` has found best. */
export function sparseDecodeBlocks(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, decoderBias: usize, reconstruction: usize,
  ranks: usize, named: usize, d: usize, prefix: usize,
): void {
  if (ASC_FEATURE_SIMD && load<u32>(named) > 0) {
    decodeBlocks(from, to, scratch, rowOffsets, indices, values, decoder, decoderBias, reconstruction, ranks, named, d, prefix);
  } else {
    sparseDecode(from, to, scratch, rowOffsets, indices, values, decoder, decoderBias, reconstruction, d, prefix);
  }
}

/** Decodes with a decoder of any type: one order of summation for all, so that they give the same bits. */
export function decodeRows(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, scale: usize, decoderBias: usize, reconstruction: usize,
  d: usize, prefix: usize, type: i32,
): void {
  const rows = scratch + LIST * LIST_BYTES, bytes = storedRowBytes(d, type);
  for (let b = from; b < to; b++) {
    const last = <usize>load<u32>(rowOffsets + 4 * b, 4);
    let taken: usize = 0, source = decoderBias;
    const row = reconstruction + 4 * b * d;
    for (let e = <usize>load<u32>(rowOffsets + 4 * b); e < last; e++) {
      const i = <usize>load<u32>(indices + 4 * e);
      if (i >= prefix) continue;
      let latent = decoder + i * bytes;
      if (type != Stored.f32) {
        const expanded = rows + 4 * taken * d;
        expandRow(expanded, latent, d, type, load<f32>(scale + 4 * i));
        latent = expanded;
      }
      store<u32>(scratch + taken * LIST_BYTES, latent);
      store<f32>(scratch + taken * LIST_BYTES, load<f32>(values + 4 * e), 4);
      if (++taken == LIST) {
        addRows(row, source, scratch, LIST, d);
        source = row, taken = 0;
      }
    }
    addRows(row, source, scratch, taken, d);
  }
}
