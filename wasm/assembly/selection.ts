// Finds the k largest values of a list without sorting it; ties go to the earlier entry.
//
// Layout: values are f32 and positive (a NaN counts as larger than any number, so that it is kept and found later), indices u32.
// Work: one thread handles a list.
//
// Positive floats order as integers, so the k-th largest is found by bisection on the bits: at most 31 passes with one comparison per
// entry, four at a time. A candidate list with room for twice k is searched only when it is full, and is then cut to k.

/**
 * Latents that are encoded and compared at a time; a candidate list needs this much room beyond its k. The encode reaches, with 256, 128
 * and 64 latents and 1 MB of L2, 84, 82 and 88 % of the FMA rate at B 1024, d 512, and 81, 88 and 89 % at B 1024, d 768 beside busy
 * cores; 91, 93 and 86 % at B 4096, d 768 on quiet ones, where the packed rows exceed L3's share and pass more often with fewer latents.
 */
export const CHUNK: usize = 128;
/** Entries that `compact` may write past what it keeps. */
export const SLACK: usize = 4;

// @ts-ignore: decorator
@inline
function bitsOf(at: usize): i32 {
  return load<i32>(at) & 0x7fffffff;
}

/** Returns how many values have bits of at least `bits`. */
export function countAtLeast(values: usize, count: usize, bits: i32): usize {
  const end = values + 4 * count;
  let total: usize = 0;
  if (ASC_FEATURE_SIMD) {
    const least = i32x4.splat(bits), magnitude = i32x4.splat(0x7fffffff);
    let sums = i32x4.splat(0);
    for (; values + 32 <= end; values += 32) {
      sums = i32x4.sub(sums, i32x4.ge_s(v128.and(v128.load(values), magnitude), least));
      sums = i32x4.sub(sums, i32x4.ge_s(v128.and(v128.load(values, 16), magnitude), least));
    }
    total = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  }
  for (; values < end; values += 4) total += <usize>(bitsOf(values) >= bits);
  return total;
}

/** Returns the largest bits of the values. */
export function largestBits(values: usize, count: usize): i32 {
  let largest: i32 = 0;
  const end = values + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const magnitude = i32x4.splat(0x7fffffff);
    let four = i32x4.splat(0);
    for (; values + 16 <= end; values += 16) four = i32x4.max_s(four, v128.and(v128.load(values), magnitude));
    largest = max(
      max(i32x4.extract_lane(four, 0), i32x4.extract_lane(four, 1)),
      max(i32x4.extract_lane(four, 2), i32x4.extract_lane(four, 3)),
    );
  }
  for (; values < end; values += 4) largest = max(largest, bitsOf(values));
  return largest;
}

/** Returns bits t such that at most k values are above t and at least k are t or above, for count ≥ k ≥ 1 values. */
export function threshold(values: usize, count: usize, k: usize): i32 {
  let low: i32 = 0, high: i64 = <i64>largestBits(values, count) + 1;
  // count(≥ low) ≥ k > count(≥ high)
  while (high - low > 1) {
    const middle = <i32>((<i64>low + high) >> 1);
    const found = countAtLeast(values, count, middle);
    if (found == k) return middle;
    if (found > k) low = middle;
    else high = middle;
  }
  return low;
}

/** Keeps the k largest of count ≥ k entries in their order, and returns the bits that a later value must exceed to enter. */
export function keepLargest(values: usize, indices: usize, count: usize, k: usize): i32 {
  const bits = threshold(values, count, k);
  let ties = <i32>(k - countAtLeast(values, count, bits + 1));
  let toValue = values, toIndex = indices;
  for (const end = values + 4 * count; values < end; values += 4, indices += 4) {
    const value = bitsOf(values);
    store<u32>(toIndex, load<u32>(indices));
    store<f32>(toValue, load<f32>(values));
    const tie = <i32>(value == bits);
    const kept = <usize>(value > bits) | <usize>(tie & <i32>(ties > 0));
    ties -= tie;
    toValue += 4 * kept, toIndex += 4 * kept;
  }
  return bits;
}

// For each 4-bit mask, a byte shuffle that moves the lanes of the mask to the front.
const FRONT = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  12, 13, 14, 15, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15,
  8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);

/**
 * Appends the values that are not ≤ their threshold (so a NaN is kept and found later), numbered from `first`, and returns how many there
 * are. Four columns share a vector of thresholds; the vectors lie thresholdStep bytes apart: 16, or 0 where one vector of equal thresholds
 * serves all columns. Writes up to SLACK entries past the end.
 */
export function compact(
  values: usize, indices: usize, pre: usize, columns: usize, first: usize, threshold: usize, thresholdStep: usize,
): usize {
  const start = values;
  const end = pre + 4 * columns;
  if (ASC_FEATURE_SIMD) {
    let index = i32x4.add(i32x4.splat(<i32>first), i32x4(0, 1, 2, 3));
    const four = i32x4.splat(4), sixteen = i32x4.splat(16);
    for (; pre + 64 <= end; pre += 64) {
      // Where 1 % of the latents are active, most groups of 16 hold none.
      const s0 = f32x4.le(v128.load(pre), v128.load(threshold));
      const s1 = f32x4.le(v128.load(pre, 16), v128.load(threshold + thresholdStep));
      const s2 = f32x4.le(v128.load(pre, 32), v128.load(threshold + 2 * thresholdStep));
      const s3 = f32x4.le(v128.load(pre, 48), v128.load(threshold + 3 * thresholdStep));
      threshold += 4 * thresholdStep;
      if (i32x4.bitmask(v128.and(v128.and(s0, s1), v128.and(s2, s3))) == 15) {
        index = i32x4.add(index, sixteen);
        continue;
      }
      let kept = append(values, indices, v128.load(pre), index, s0);
      values += kept, indices += kept, index = i32x4.add(index, four);
      kept = append(values, indices, v128.load(pre, 16), index, s1);
      values += kept, indices += kept, index = i32x4.add(index, four);
      kept = append(values, indices, v128.load(pre, 32), index, s2);
      values += kept, indices += kept, index = i32x4.add(index, four);
      kept = append(values, indices, v128.load(pre, 48), index, s3);
      values += kept, indices += kept, index = i32x4.add(index, four);
    }
    first = <usize>i32x4.extract_lane(index, 0);
  }
  for (; pre < end; pre += 4, first++, threshold += thresholdStep >> 2) {
    const value = load<f32>(pre);
    if (value <= load<f32>(threshold)) continue;
    store<f32>(values, value);
    store<u32>(indices, first);
    values += 4, indices += 4;
  }
  return (values - start) >> 2;
}

// @ts-ignore: decorator
@inline
function append(values: usize, indices: usize, value: v128, index: v128, silent: v128): usize {
  const mask = <usize>(i32x4.bitmask(silent) ^ 15);
  const front = v128.load(FRONT + mask * 16);
  v128.store(values, i8x16.swizzle(value, front));
  v128.store(indices, i8x16.swizzle(index, front));
  return <usize>popcnt<u32>(<u32>mask) << 2;
}

/**
 * Appends those of `count` values, with their latents, that are not ≤ their threshold, and returns how many there are. The threshold of
 * latent i lies at threshold + step·i.
 */
export function compactListed(
  values: usize, indices: usize, fromValues: usize, fromIndices: usize, count: usize, threshold: usize, step: usize,
): usize {
  const start = values;
  for (const end = fromValues + 4 * count; fromValues < end; fromValues += 4, fromIndices += 4) {
    const value = load<f32>(fromValues), index = load<u32>(fromIndices);
    if (value <= load<f32>(threshold + step * index)) continue;
    store<f32>(values, value);
    store<u32>(indices, index);
    values += 4, indices += 4;
  }
  return (values - start) >> 2;
}

/** Appends every value that is not 0, whatever its sign, and returns how many there are. */
export function compactNonzero(values: usize, indices: usize, pre: usize, columns: usize, first: usize): usize {
  const start = values;
  for (const end = pre + 4 * columns; pre < end; pre += 4, first++) {
    const value = load<f32>(pre);
    store<f32>(values, value);
    store<u32>(indices, first);
    const kept = <usize>(value != 0) << 2;
    values += kept, indices += kept;
  }
  return (values - start) >> 2;
}

/** Stores four equal thresholds, for `compact` with step 0. */
// @ts-ignore: decorator
@inline
export function fourTimes(at: usize, bits: i32): void {
  store<i32>(at, bits);
  store<i32>(at, bits, 4);
  store<i32>(at, bits, 8);
  store<i32>(at, bits, 12);
}
