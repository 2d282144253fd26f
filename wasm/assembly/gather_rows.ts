// target_i = source_{order_i}
//
// Layout: source and target [N, d], order [N].
// Work: items are rows of the target.

export function gatherRows(
  from: usize, to: usize, scratch: usize, source: usize, order: usize, target: usize, d: usize,
): void {
  for (let i = from; i < to; i++) {
    memory.copy(target + 4 * i * d, source + 4 * <usize>load<u32>(order + 4 * i) * d, 4 * d);
  }
}
