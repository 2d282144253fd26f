// pre_bi = ⟨x_b, E_i⟩ + b_i for the dead i; the codes of row b are its min(k, deadCount) largest, i ascending; only those above 0 if rectified
//
// Layout: x [B, d]; E [N, d]; b [N]; dead u32 [N], of which deadCount are listed; codes by row.
// Work: items are rows, of which a chunk is multiplied by one group of dead latents after the other. A row's codes go to the place of k codes
// that begins at b·k, and its count to rowOffsets_{b+1}; then one item moves all codes together.
import { productIn, productScratchBytes } from "./product";
import { compact, fourTimes, keepLargest, SLACK } from "./selection";

/** Dead latents that are multiplied at a time. */
const GROUP: usize = 256;
/** Most rows that are encoded at a time, and most pre-activations: 2 MB. */
const ROWS: usize = 512;
const PRE: usize = 1 << 19;

const LIMITS_BYTES: usize = 16;

function listBytes(N: usize): usize {
  return (4 * (N + SLACK) + 63) & ~63;
}

export function encodeDeadScratchBytes(B: usize, N: usize, d: usize): usize {
  return productScratchBytes() + LIMITS_BYTES + 3 * listBytes(N) + 4 * GROUP * d + 4 * max<usize>(8 * N, min<usize>(PRE, min<usize>(ROWS, B) * N));
}

export function encodeDead(
  from: usize, to: usize, scratch: usize,
  input: usize, encoder: usize, encoderBias: usize, dead: usize, deadCount: usize, rowOffsets: usize, indices: usize, values: usize,
  N: usize, d: usize, k: usize, rectified: i32,
): void {
  const count = <usize>load<u32>(deadCount), bytes: usize = 4 * d, chunk = max<usize>(8, min(ROWS, PRE / max(count, 1)));
  const limits = scratch + productScratchBytes(), kept = limits + LIMITS_BYTES, places = kept + listBytes(N);
  const biases = places + listBytes(N), rows = biases + listBytes(N), pre = rows + GROUP * bytes;
  fourTimes(limits, 0);
  for (let n: usize = 0; n < 4 * count; n += 4) store<f32>(biases + n, load<f32>(encoderBias + 4 * <usize>load<u32>(dead + n)));
  for (let b = from; b < to; b += chunk) {
    const size = min(chunk, to - b);
    for (let first: usize = 0; first < count; first += GROUP) {
      const latents = min(GROUP, count - first), listed = dead + 4 * first;
      for (let n: usize = 0; n < latents; n++) memory.copy(rows + n * bytes, encoder + <usize>load<u32>(listed + 4 * n) * bytes, bytes);
      const product = productIn(scratch);
      product.setA(input + b * bytes, d, 1);
      product.setB(rows, d, 1);
      product.setAddend(biases + 4 * first, 0);
      product.setC(pre + 4 * first, count);
      product.run(size, latents, d);
    }
    for (let n: usize = 0; n < size; n++) {
      const row = pre + (<usize>4) * n * count;
      const found = rectified ? largestPositive(kept, places, row, count, k, limits) : largestOfAny(kept, places, row, count, k);
      const at: usize = 4 * (b + n) * k;
      for (let e: usize = 0; e < 4 * found; e += 4) {
        store<u32>(indices + at + e, load<u32>(dead + 4 * <usize>load<u32>(places + e)));
        store<f32>(values + at + e, load<f32>(kept + e));
      }
      store<u32>(rowOffsets + 4 * (b + n), found, 4);
    }
  }
}

function largestPositive(kept: usize, places: usize, row: usize, count: usize, k: usize, limits: usize): usize {
  const found = compact(kept, places, row, count, 0, limits, 0);
  if (found <= k) return found;
  keepLargest(kept, places, found, k);
  return k;
}

/** The same for values of both signs, which are ordered by their bits as integers once those of negative ones are turned around. */
function largestOfAny(kept: usize, places: usize, row: usize, count: usize, k: usize): usize {
  let low: i64 = i32.MIN_VALUE, high: i64 = <i64>i32.MAX_VALUE + 1;
  // count(≥ low) ≥ k > count(≥ high), if there are more than k
  while (count > k && high - low > 1) {
    const middle = (low + high) >> 1;
    let above: usize = 0;
    for (let n: usize = 0; n < 4 * count; n += 4) above += usize(orderOf(row + n) >= <i32>middle);
    if (above >= k) low = middle;
    else high = middle;
  }
  const least = <i32>low;
  let ties = k;
  for (let n: usize = 0; n < 4 * count; n += 4) ties -= count > k ? usize(orderOf(row + n) > least) : 0;
  let found: usize = 0;
  for (let n: usize = 0; n < count; n++) {
    const order = orderOf(row + 4 * n);
    const tie = usize(order == least) & usize(ties > 0);
    if (count > k && order <= least && !tie) continue;
    ties -= tie;
    store<f32>(kept + 4 * found, load<f32>(row + 4 * n));
    store<u32>(places + 4 * found, n);
    found++;
  }
  return found;
}

// @ts-ignore: decorator
@inline
function orderOf(at: usize): i32 {
  const bits = load<i32>(at);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/** Turns counts into offsets, and moves the codes of all rows together; one item. */
export function encodeDeadPack(
  from: usize, to: usize, scratch: usize, rowOffsets: usize, indices: usize, values: usize, B: usize, k: usize,
): void {
  store<u32>(rowOffsets, 0);
  let at: usize = 0;
  for (let b: usize = 0; b < B; b++) {
    const count = <usize>load<u32>(rowOffsets + 4 * b, 4);
    memory.copy(indices + 4 * at, indices + 4 * b * k, 4 * count);
    memory.copy(values + 4 * at, values + 4 * b * k, 4 * count);
    at += count;
    store<u32>(rowOffsets + 4 * b, at, 4);
  }
}
