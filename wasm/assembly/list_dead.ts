// dead = the i with silent_i ≥ after in one block of latents, or in all; deadCount is their number
//
// Layout: silent and dead u32 [N]; bounds u32 [P].
// Work: one item.
export function listDead(
  from: usize, to: usize, scratch: usize,
  silent: usize, bounds: usize, dead: usize, deadCount: usize, N: usize, after: usize, level: i32,
): void {
  let i = level > 0 ? <usize>load<u32>(bounds + 4 * (level - 1)) : 0;
  const end = level < 0 ? N : <usize>load<u32>(bounds + 4 * level);
  let count: usize = 0;
  for (; i < end; i++) {
    store<u32>(dead + 4 * count, i);
    count += usize(load<u32>(silent + 4 * i) >= <u32>after);
  }
  store<u32>(deadCount, count);
}
