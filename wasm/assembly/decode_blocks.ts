// x̂_b = c + Σ_{active i < prefix} f_bi D_i, where each of some latents is active in many rows; SIMD tiers only
//
// Layout: as in sparse_decode.ts. `ranks` u32 [N] numbers the active latents; `named` u32 [N+1] holds how many there are, or 0 where a
// block of them has few codes in a row, and then these latents.
// Work: one item numbers the latents; then threads take ranges of rows. A block of latents is packed (packed_columns.ts) and added to all
// rows, by groups whose sums are copied together. Codes are added in their order, so the bits are those of `decodeRows`.
import { addWide, copyRow, ENTRY_BYTES, NARROW, packColumns, pitchOf, WIDE } from "./packed_columns";

/** Latents of a block. */
const BLOCK_LATENTS: usize = 256;
/** Codes of a row in a block of latents above which packing pays. */
const PACKED_CODES: usize = 8;
/** Rows of a group, and room for their codes in a block. */
const GROUP_ROWS: usize = 8;
const CODES_BYTES: usize = ENTRY_BYTES * GROUP_ROWS * BLOCK_LATENTS;
const COUNTS_BYTES: usize = 64;

export function decodeBlocksScratchBytes(B: usize, d: usize): usize {
  return COUNTS_BYTES + CODES_BYTES + pitchOf(4 * d) * (BLOCK_LATENTS + GROUP_ROWS) + 4 * B;
}

/** Numbers the latents that are active; one item. */
export function rankLatents(
  from: usize, to: usize, scratch: usize, rowOffsets: usize, indices: usize, ranks: usize, named: usize, B: usize, N: usize, prefix: usize,
): void {
  if (!ASC_FEATURE_SIMD) {
    store<u32>(named, 0);
    return;
  }
  memory.fill(ranks, 0, 4 * N);
  let codes: usize = 0, count: u32 = 0;
  const last = <usize>load<u32>(rowOffsets + 4 * B);
  for (let e: usize = 0; e < last; e++) {
    const i = <usize>load<u32>(indices + 4 * e);
    if (i >= prefix) continue;
    store<u32>(ranks + 4 * i, 1);
    codes++;
  }
  for (let i: usize = 0; i < N; i++) {
    if (load<u32>(ranks + 4 * i) == 0) continue;
    store<u32>(ranks + 4 * i, count++);
    store<u32>(named + 4 * <usize>count, i);
  }
  const blocks = (<usize>count + BLOCK_LATENTS - 1) / BLOCK_LATENTS;
  store<u32>(named, codes > PACKED_CODES * B * blocks ? count : 0);
}

export function decodeBlocks(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, decoderBias: usize, reconstruction: usize,
  ranks: usize, named: usize, d: usize, prefix: usize,
): void {
  const bytes: usize = 4 * d, pitch = pitchOf(bytes), whole = bytes & ~15, count = <usize>load<u32>(named);
  const codes = scratch + COUNTS_BYTES, packed = codes + CODES_BYTES, sums = packed + pitch * BLOCK_LATENTS;
  const next = sums + pitch * GROUP_ROWS - 4 * from;
  memory.fill(sums, 0, pitch * GROUP_ROWS);
  for (let b = from; b < to; b++) {
    const row = reconstruction + b * bytes;
    store<u32>(next + 4 * b, load<u32>(rowOffsets + 4 * b));
    copyRow(row, decoderBias, bytes);
    addRest(row, load<u32>(rowOffsets + 4 * b), load<u32>(rowOffsets + 4 * b, 4), indices, values, decoder, bytes, prefix);
  }
  for (let first: usize = 0; first < count; first += BLOCK_LATENTS) {
    const latents = min(BLOCK_LATENTS, count - first);
    packColumns(packed, decoder, named + 4 + 4 * first, latents, bytes, WIDE);
    for (let b = from; b < to; b += GROUP_ROWS) {
      const rows = min(GROUP_ROWS, to - b);
      let code = codes;
      for (let n: usize = 0; n < rows; n++) {
        const start = code, last = <usize>load<u32>(rowOffsets + 4 * (b + n), 4);
        let e = <usize>load<u32>(next + 4 * (b + n));
        for (; e < last; e++, code += ENTRY_BYTES) {
          const i = <usize>load<u32>(indices + 4 * e);
          if (i >= prefix) break;
          const place = <usize>load<u32>(ranks + 4 * i) - first;
          if (place >= latents) break;
          store<u32>(code, place * NARROW);
          store<f32>(code, load<f32>(values + 4 * e), 4);
        }
        store<u32>(next + 4 * (b + n), e);
        store<u32>(scratch + 4 * n, (code - start) / ENTRY_BYTES);
        copyRow(sums + n * pitch, reconstruction + (b + n) * bytes, whole);
      }
      for (let k: usize = 0, base = packed; k < whole; k += WIDE, base += latents * WIDE) {
        let list = codes;
        for (let n: usize = 0; n < rows; n++) {
          const held = <usize>load<u32>(scratch + 4 * n);
          addWide(sums + n * pitch + k, list, held, base);
          list += ENTRY_BYTES * held;
        }
      }
      for (let n: usize = 0; n < rows; n++) copyRow(reconstruction + (b + n) * bytes, sums + n * pitch, whole);
    }
  }
}

/** Adds the columns that fill no whole vector, as in gather.ts. */
function addRest(
  row: usize, first: usize, last: usize, indices: usize, values: usize, decoder: usize, bytes: usize, prefix: usize,
): void {
  for (let k = bytes & ~15; k < bytes; k += 4) {
    let sum = load<f32>(row + k);
    for (let e = first; e < last; e++) {
      const i = <usize>load<u32>(indices + 4 * e);
      if (i < prefix) sum += load<f32>(values + 4 * e) * load<f32>(decoder + i * bytes + k);
    }
    store<f32>(row + k, sum);
  }
}
