// silentSteps_i ← restart if counts_i > 0, else silentSteps_i + increment
// importance_i ← decay·importance_i + (1 − decay)·squares_i / rows
//
// Layout: all [N].
// Work: items are latents.

export function latentHistory(
  from: usize, to: usize, scratch: usize,
  counts: usize, squares: usize, silentSteps: usize, importance: usize, rows: f64, decay: f64,
  increment: usize, restart: usize,
): void {
  for (let i: usize = 4 * from, end: usize = 4 * to; i < end; i += 4) {
    store<u32>(silentSteps + i, load<u32>(counts + i) > 0 ? <u32>restart : load<u32>(silentSteps + i) + <u32>increment);
    const latest = (1 - decay) * load<f32>(squares + i) / rows;
    store<f32>(importance + i, <f32>(decay * load<f32>(importance + i) + latest));
  }
}
