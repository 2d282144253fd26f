// x̂_b = c + Σ_{active i < prefix} f_bi D_i        with D in the type of its file
//
// Layout: codes by row (rowOffsets, indices, values), stored [N, V] and scale [N] as in stored.ts, x̂ [B, d].
// Work: threads take ranges of rows. The decoder rows of a pass are expanded into scratch, up to eight of them.
import { decodeRows } from "./sparse_decode";

export function sparseDecodeStored(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, stored: usize, scale: usize, decoderBias: usize, reconstruction: usize,
  d: usize, prefix: usize, type: i32,
): void {
  decodeRows(
    from, to, scratch, rowOffsets, indices, values, stored, scale, decoderBias, reconstruction, d, prefix, type,
  );
}
