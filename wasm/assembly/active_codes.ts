// The codes above max(θ_i, floor) that are not 0, of codes with a margin        floor: 0 where rectified, else −∞
//
// Layout: codes by row, before and after; θ [N].
// Work: three phases: threads take rows and count; one item sums the counts; threads take rows and copy. A NaN is kept, so that it is found
// later.

// @ts-ignore: decorator
@inline
function isActive(value: f32, theta: f32, floor: f32): bool {
  return !(value <= max(theta, floor)) && value != 0;
}

/** Stores each row's number of active codes where its end offset goes. */
export function activeCodesCount(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, threshold: usize, activeOffsets: usize, K: usize, floor: f32,
): void {
  for (let b = from; b < to; b++) {
    const last = min(<usize>load<u32>(rowOffsets + 4 * b, 4), K);
    let count: u32 = 0;
    for (let e = <usize>load<u32>(rowOffsets + 4 * b); e < last; e++) {
      const theta = load<f32>(threshold + 4 * <usize>load<u32>(indices + 4 * e));
      count += u32(isActive(load<f32>(values + 4 * e), theta, floor));
    }
    store<u32>(activeOffsets + 4 * b, count, 4);
  }
}

/** Turns the counts into offsets; one item. */
export function activeCodesOffsets(from: usize, to: usize, scratch: usize, activeOffsets: usize, B: usize): void {
  let sum: u32 = 0;
  store<u32>(activeOffsets, 0);
  for (let b: usize = 1; b <= B; b++) {
    sum += load<u32>(activeOffsets + 4 * b);
    store<u32>(activeOffsets + 4 * b, sum);
  }
}

export function activeCodesCopy(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, threshold: usize,
  activeOffsets: usize, activeIndices: usize, activeValues: usize, K: usize, floor: f32,
): void {
  for (let b = from; b < to; b++) {
    const last = min(<usize>load<u32>(rowOffsets + 4 * b, 4), K);
    let at: usize = 4 * <usize>load<u32>(activeOffsets + 4 * b);
    for (let e = <usize>load<u32>(rowOffsets + 4 * b); e < last; e++) {
      const index = load<u32>(indices + 4 * e), value = load<f32>(values + 4 * e);
      if (!isActive(value, load<f32>(threshold + 4 * <usize>index), floor)) continue;
      store<u32>(activeIndices + at, index);
      store<f32>(activeValues + at, value);
      at += 4;
    }
  }
}
