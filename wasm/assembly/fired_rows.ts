// fired_i = #{b : f_bi > above}
//
// Layout: f [B, N], or codes by latent; fired u32 [N]. `above` is a float64: its float32 may be on the other side of an activation.
// Work: items are latents. Of dense activations, a piece reads its columns of every row.
export function firedRows(from: usize, to: usize, scratch: usize, activations: usize, fired: usize, B: usize, N: usize, above: f64): void {
  memory.fill(fired + 4 * from, 0, 4 * (to - from));
  for (let b: usize = 0; b < B; b++) {
    const row = activations + 4 * b * N;
    for (let i: usize = 4 * from, end: usize = 4 * to; i < end; i += 4) store<u32>(fired + i, load<u32>(fired + i) + u32(<f64>load<f32>(row + i) > above));
  }
}

export function sparseFiredRows(
  from: usize, to: usize, scratch: usize, latentOffsets: usize, latentValues: usize, fired: usize, above: f64,
): void {
  for (let i = from; i < to; i++) {
    const last = latentValues + 4 * <usize>load<u32>(latentOffsets + 4 * i, 4);
    let count: u32 = 0;
    for (let at = latentValues + 4 * <usize>load<u32>(latentOffsets + 4 * i); at < last; at += 4) count += u32(<f64>load<f32>(at) > above);
    store<u32>(fired + 4 * i, count);
  }
}
