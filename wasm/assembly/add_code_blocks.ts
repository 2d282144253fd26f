// What `addLatentGradients` adds, where latents have codes in many rows; SIMD tiers only
//
// Layout: as there. A block of rows of δ and x is packed (packed_columns.ts).
// Work: one thread takes latents `from` … `to` − 1. It goes through the batch by blocks of rows, and in each through the latents by groups,
// whose dot products stay in L1. For a group, one pass over δ gives ∂D and the dot products g, and one over x gives ∂E. The group's rows of
// D and of a gradient are copied together: in place, tens of KB apart, each chunk of them would wait for L3.
import { addAndDot, addWide, copyRow, ENTRY_BYTES, NARROW, packColumns, pitchOf, WIDE } from "./packed_columns";
import { sumLanes } from "./simd";

/** Rows of a block: with half as many, copying the group's rows takes twice as long. */
export const BLOCK_ROWS: usize = 256;
/** Most latents of a group, and most codes: their dot products, four lanes each, take 16 KB. */
const GROUP_LATENTS: usize = 32;
const GROUP_CODES: usize = 1024;
const DOTS_BYTES: usize = 16 * GROUP_CODES;
const CODES_BYTES: usize = ENTRY_BYTES * GROUP_CODES;
const LISTS_BYTES: usize = 2 * 4 * GROUP_LATENTS;
const GROUP_BYTES: usize = 64;

export function addCodeBlocksScratchBytes(B: usize, d: usize, N: usize): usize {
  const rows = min(BLOCK_ROWS, B) + GROUP_LATENTS;
  return GROUP_BYTES + LISTS_BYTES + DOTS_BYTES + CODES_BYTES + 2 * pitchOf(4 * d) * rows + 4 * N;
}

/** A group of latents in a block of rows. */
@unmanaged
class Group {
  /** How many latents have codes in the block, which they are, and how many codes each has: lists of u32. */
  count: usize;
  latents: usize;
  counts: usize;
  /** Their codes in the block: a list for `addWide`, latent by latent. */
  codes: usize;
  /** Bytes of a row of δ, x, D and their gradients, and of its copy. */
  bytes: usize;
  pitch: usize;
  /** Copies of the rows of D and of a gradient. */
  decoder: usize;
  sums: usize;
  /** The first row of the block, and how many it has. */
  row: usize;
  rows: usize;
  /** Number and activation of all codes. */
  latentRows: usize;
  latentValues: usize;
}

export function addCodeBlocks(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, outputGradient: usize, input: usize, decoder: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, B: usize, d: usize, encoder: i32,
): void {
  const bytes: usize = 4 * d, pitch = pitchOf(bytes), group = changetype<Group>(scratch);
  group.latents = scratch + GROUP_BYTES, group.counts = group.latents + 4 * GROUP_LATENTS;
  group.bytes = bytes, group.pitch = pitch, group.latentRows = latentRows, group.latentValues = latentValues;
  const dots = scratch + GROUP_BYTES + LISTS_BYTES, narrow = dots + DOTS_BYTES + CODES_BYTES, wide = narrow + pitch * min(BLOCK_ROWS, B);
  group.codes = dots + DOTS_BYTES;
  group.decoder = wide + pitch * min(BLOCK_ROWS, B), group.sums = group.decoder + pitch * GROUP_LATENTS;
  const next = group.sums + pitch * GROUP_LATENTS;
  memory.copy(next, latentOffsets + 4 * from, 4 * (to - from));
  memory.fill(group.decoder, 0, 2 * pitch * GROUP_LATENTS);
  for (let row: usize = 0; row < B; row += BLOCK_ROWS) {
    group.row = row, group.rows = min(BLOCK_ROWS, B - row);
    if (encoder) packColumns(narrow, outputGradient + row * bytes, 0, group.rows, bytes, NARROW);
    packColumns(wide, (encoder ? input : outputGradient) + row * bytes, 0, group.rows, bytes, WIDE);
    for (let i = from; i < to;) {
      i = takeGroup(group, i, to, next - 4 * from, latentOffsets);
      copySums(group, decoderGradient, false);
      if (encoder) addSumsAndDots(group, decoder, narrow, dots);
      else addSums(group, wide);
      copySums(group, decoderGradient, true);
      if (!encoder) continue;
      takeDots(group, encoderBiasGradient, dots);
      copySums(group, encoderGradient, false);
      addSums(group, wide);
      copySums(group, encoderGradient, true);
    }
  }
}

/** Takes the next latents that have codes in the block, and lists these; returns the first latent that is not taken. */
function takeGroup(group: Group, i: usize, to: usize, next: usize, latentOffsets: usize): usize {
  const row = <u32>group.row, rows = <u32>group.rows, latentRows = group.latentRows, values = group.latentValues;
  const end = group.codes + CODES_BYTES;
  let latents: usize = 0, code = group.codes;
  for (; i < to && latents < GROUP_LATENTS; i++) {
    const first = <usize>load<u32>(next + 4 * i), last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    let at = code, e = first;
    for (; e < last; e++, at += ENTRY_BYTES) {
      const place = load<u32>(latentRows + 4 * e) - row;
      if (place >= rows || at == end) break;
      store<u32>(at, place * <u32>NARROW);
      store<u32>(at, load<u32>(values + 4 * e), 4);
    }
    // A latent has at most one code per row, so the next group has room for all of them.
    if (at == end && e < last && load<u32>(latentRows + 4 * e) - row < rows) break;
    if (e == first) continue;
    store<u32>(group.latents + 4 * latents, i);
    store<u32>(group.counts + 4 * latents, e - first);
    store<u32>(next + 4 * i, e);
    code = at;
    latents++;
  }
  group.count = latents;
  return i;
}

/** Copies the group's rows of a gradient to `sums`, or back. */
function copySums(group: Group, gradient: usize, back: bool): void {
  let copy = group.sums;
  for (let n: usize = 0; n < group.count; n++, copy += group.pitch) {
    const row = gradient + <usize>load<u32>(group.latents + 4 * n) * group.bytes;
    if (back) copyRow(row, copy, group.bytes);
    else copyRow(copy, row, group.bytes);
  }
}

/** Adds Σ f δ, and computes the dot products of δ and D. */
function addSumsAndDots(group: Group, decoder: usize, packed: usize, dots: usize): void {
  const count = group.count, pitch = group.pitch, bytes = group.bytes;
  for (let n: usize = 0; n < count; n++) {
    copyRow(group.decoder + n * pitch, decoder + <usize>load<u32>(group.latents + 4 * n) * bytes, bytes);
  }
  memory.fill(dots, 0, DOTS_BYTES);
  for (let k: usize = 0; k < bytes; k += NARROW, packed += group.rows * NARROW) {
    let dot = dots, list = group.codes, at = k;
    for (let n: usize = 0; n < 4 * count; n += 4, at += pitch) {
      const codes = <usize>load<u32>(group.counts + n);
      addAndDot(group.sums + at, group.decoder + at, list, codes, packed, dot);
      dot += 16 * codes, list += ENTRY_BYTES * codes;
    }
  }
}

/** Puts the dot products g in place of f, and adds all of a latent to ∂b. */
function takeDots(group: Group, gradient: usize, dots: usize): void {
  let code = group.codes;
  for (let n: usize = 0; n < 4 * group.count; n += 4) {
    let bias: f32 = 0;
    for (const end = code + ENTRY_BYTES * <usize>load<u32>(group.counts + n); code < end; code += ENTRY_BYTES, dots += 16) {
      const g = sumLanes(v128.load(dots));
      store<f32>(code, g, 4);
      bias += g;
    }
    const at = gradient + 4 * <usize>load<u32>(group.latents + n);
    store<f32>(at, load<f32>(at) + bias);
  }
}

/** Adds the sums of rows, times f or g. */
function addSums(group: Group, packed: usize): void {
  for (let k: usize = 0; k < group.bytes; k += WIDE, packed += group.rows * WIDE) {
    let list = group.codes, at = group.sums + k;
    for (let n: usize = 0; n < 4 * group.count; n += 4, at += group.pitch) {
      const codes = <usize>load<u32>(group.counts + n);
      addWide(at, list, codes, packed);
      list += ENTRY_BYTES * codes;
    }
  }
}
