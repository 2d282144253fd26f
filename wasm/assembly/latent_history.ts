// silentSteps_i ← 0 if counts_i > 0, else silentSteps_i + 1
// importance_i ← decay·importance_i + (1 − decay)·squares_i / rows
//
// Layout: all [N].
// Work: items are latents.

export function latentHistory(
  from: usize, to: usize, scratch: usize,
  counts: usize, squares: usize, silentSteps: usize, importance: usize, rows: f64, decay: f64,
): void {
  for (let i: usize = 4 * from, end: usize = 4 * to; i < end; i += 4) {
    store<u32>(silentSteps + i, load<u32>(counts + i) > 0 ? 0 : load<u32>(silentSteps + i) + 1);
    const latest = (1 - decay) * load<f32>(squares + i) / rows;
    store<f32>(importance + i, <f32>(decay * load<f32>(importance + i) + latest));
  }
}
