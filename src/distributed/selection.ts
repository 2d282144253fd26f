/**
 * The top-k selections over ranks: each rank brings the candidates among its own latents, and keeps those that one
 * machine would have kept.
 *
 * @module
 */
import type { Communicator } from "./communicator.ts";
import { evenShare } from "./shares.ts";

/** Active latents by row, as `encodeSparse` gives them. Entries past the last code are unspecified. */
export interface Candidates {
  readonly rowOffsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array | Float64Array;
}

/**
 * Keeps those candidates that are among the k largest of their row over all ranks, which hold the latents in the order
 * of their ranks. Ties go to the lower latent. Each rank gives its values, B·k numbers, to all others, and then finds
 * what a share of the rows keeps, so that the work of a rank does not grow with the number of ranks.
 */
export async function keepTopk(
  communicator: Communicator,
  candidates: Candidates,
  k: number,
): Promise<void> {
  const { rank, size } = communicator;
  // Alone, a rank has made the selection while it encoded.
  if (size === 1) return;
  const { rowOffsets, values } = candidates;
  const B = rowOffsets.length - 1;
  const own = emptyLike(values, B * k);
  for (let b = 0; b < B; b++) {
    for (let e = rowOffsets[b], n = b * k; e < rowOffsets[b + 1]; e++) own[n++] = values[e];
  }
  const all = await communicator.allGather(own);
  const limits = await rowLimits(communicator, all, B, k);
  const keep = new Uint8Array(rowOffsets[B]);
  for (let b = 0; b < B; b++) {
    const least = limits[2 * b];
    let ties = -1;
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      if (values[e] > least) keep[e] = 1;
      if (values[e] !== least) continue;
      if (ties < 0) ties = limits[2 * b + 1] - tiesBefore(all, B, k, { rank, row: b, least });
      if (ties > 0) keep[e] = 1;
      ties = Math.max(0, ties - 1);
    }
  }
  keepEntries(candidates, keep);
}

/**
 * Returns the least value that each row keeps, and how many candidates of that value: [B, 2]. Rows with fewer than k
 * candidates are filled up with zeros, which no candidate is.
 */
async function rowLimits(
  communicator: Communicator,
  all: Float32Array | Float64Array,
  B: number,
  k: number,
): Promise<Float32Array | Float64Array> {
  const { rank, size } = communicator;
  const most = Math.ceil(B / size);
  const found = emptyLike(all, 2 * most);
  const row = emptyLike(all, size * k);
  const share = evenShare(B, size, rank);
  for (let b = share.from; b < share.to; b++) {
    for (let r = 0, n = 0; r < size; r++) {
      const from = (r * B + b) * k;
      for (let e = from; e < from + k; e++) row[n++] = all[e];
    }
    const least = kthLargest(row, k);
    // The k largest come first by now.
    let ties = k;
    for (let n = 0; n < k; n++) if (row[n] > least) ties--;
    found[2 * (b - share.from)] = least;
    found[2 * (b - share.from) + 1] = ties;
  }
  const gathered = await communicator.allGather(found);
  const limits = emptyLike(all, 2 * B);
  for (let r = 0; r < size; r++) {
    const { from, to } = evenShare(B, size, r);
    limits.set(gathered.subarray(2 * r * most, 2 * (r * most + to - from)), 2 * from);
  }
  return limits;
}

/** Returns how many candidates of the least value a row has on earlier ranks. */
function tiesBefore(
  all: Float32Array | Float64Array,
  B: number,
  k: number,
  { rank, row, least }: { readonly rank: number; readonly row: number; readonly least: number },
): number {
  let ties = 0;
  for (let r = 0; r < rank; r++) {
    const from = (r * B + row) * k;
    for (let e = from; e < from + k; e++) if (all[e] === least) ties++;
  }
  return ties;
}

/** Returns the k-th largest value, which takes a time linear in their number. The values are reordered (Hoare 1961). */
function kthLargest(values: Float32Array | Float64Array, k: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[k - 1];
    let left = from;
    let right = to;
    while (left <= right) {
      while (values[left] > pivot) left++;
      while (values[right] < pivot) right--;
      if (left > right) break;
      const value = values[left];
      values[left++] = values[right];
      values[right--] = value;
    }
    if (right < k - 1) from = left;
    if (left > k - 1) to = right;
  }
  return values[k - 1];
}

function emptyLike<F extends Float32Array | Float64Array>(values: F, length: number): F {
  return new (values.constructor as new (length: number) => F)(length);
}

/** Where the candidates of a rank lie in the whole batch. */
export interface BatchPlace {
  /** How many to keep: k·B. */
  readonly count: number;
  /** The row of the batch that is the first here. */
  readonly firstRow: number;
  /** The latent that is the first here. */
  readonly firstLatent: number;
  /** N. */
  readonly latentCount: number;
}

/** Bins of a histogram: the values of a digit, which is a byte. */
const BINS = 256;

/**
 * Keeps those candidates that are among the `count` largest over all rows and latents of all ranks. Ties go to the
 * lower row, then to the lower latent. The digits of the keys are compared from the highest on, by histograms summed
 * over ranks, until no key is undecided: 4 sums of 1 KiB if no values tie at the boundary.
 */
export async function keepBatchTopk(
  communicator: Communicator,
  candidates: Candidates,
  place: BatchPlace,
): Promise<void> {
  const total = candidates.rowOffsets.at(-1)!;
  const keep = new Uint8Array(total);
  const digits = digitsOf(candidates, place);
  let undecided: Uint32Array<ArrayBufferLike> = Uint32Array.from({ length: total }, (_, e) => e);
  let open = place.count;
  for (const digit of digits) {
    const bins = new Uint32Array(BINS);
    for (const e of undecided) bins[digit(e)]++;
    await communicator.allReduce(bins);
    let cut = 0;
    while (cut < BINS && bins[cut] <= open) open -= bins[cut++];
    for (const e of undecided) if (digit(e) < cut) keep[e] = 1;
    if (cut === BINS || open === 0) break;
    undecided = undecided.filter((e) => digit(e) === cut);
  }
  keepEntries(candidates, keep);
}

/** Returns the digits of the key of an entry, the highest first: a lower digit is kept before a higher one. */
function digitsOf(
  { rowOffsets, indices, values }: Candidates,
  { firstRow, firstLatent, latentCount }: BatchPlace,
): ((entry: number) => number)[] {
  // The bits of positive floats rise with their values. Hosts are little-endian, as in `decodeFloats`.
  const width = values.BYTES_PER_ELEMENT;
  const copy = values.slice(0, rowOffsets.at(-1));
  const bytes = new Uint8Array(copy.buffer);
  const ofValue = Array.from(
    { length: width },
    (_, n) => (e: number) => BINS - 1 - bytes[(e + 1) * width - 1 - n],
  );
  // Row · N + latent, at most 2⁵³. Made when a tie asks for it.
  let positions: Float64Array | undefined;
  const position = (e: number) => {
    positions ??= positionsOf(
      rowOffsets,
      (b, e) => (firstRow + b) * latentCount + firstLatent + indices[e],
    );
    return positions[e];
  };
  const ofPosition = Array.from(
    { length: 7 },
    (_, n) => (e: number) => Math.floor(position(e) / BINS ** (6 - n)) % BINS,
  );
  return [...ofValue, ...ofPosition];
}

function positionsOf(
  rowOffsets: Uint32Array,
  position: (row: number, entry: number) => number,
): Float64Array {
  const B = rowOffsets.length - 1;
  const positions = new Float64Array(rowOffsets[B]);
  for (let b = 0; b < B; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) positions[e] = position(b, e);
  }
  return positions;
}

/** Removes all entries that are not to be kept, in place. */
function keepEntries({ rowOffsets, indices, values }: Candidates, keep: Uint8Array): void {
  let next = 0;
  let from = 0;
  for (let b = 0; b + 1 < rowOffsets.length; b++) {
    const to = rowOffsets[b + 1];
    rowOffsets[b] = next;
    for (let e = from; e < to; e++) {
      if (!keep[e]) continue;
      indices[next] = indices[e];
      values[next++] = values[e];
    }
    from = to;
  }
  rowOffsets[rowOffsets.length - 1] = next;
}
