// minima_b = the smallest positive activation of row b, 0 where there is none
//
// Layout: f [B, N], or codes by row; minima [B].
// Work: items are rows.
function leastPositive(at: usize, end: usize): f32 {
  let least: f32 = Infinity;
  for (; at < end; at += 4) {
    const value = load<f32>(at);
    if (value > 0 && value < least) least = value;
  }
  return least == Infinity ? 0 : least;
}

export function smallestActivations(from: usize, to: usize, scratch: usize, activations: usize, minima: usize, N: usize): void {
  for (let b = from; b < to; b++) {
    const row = activations + 4 * b * N;
    store<f32>(minima + 4 * b, leastPositive(row, row + 4 * N));
  }
}

export function sparseSmallestActivations(
  from: usize, to: usize, scratch: usize, rowOffsets: usize, values: usize, minima: usize,
): void {
  for (let b = from; b < to; b++) {
    const first = <usize>load<u32>(rowOffsets + 4 * b), last = <usize>load<u32>(rowOffsets + 4 * b, 4);
    store<f32>(minima + 4 * b, leastPositive(values + 4 * first, values + 4 * last));
  }
}
