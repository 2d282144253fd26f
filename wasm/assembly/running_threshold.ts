// low = the least positive minimum, or the mean of the positive ones
// sum ← (1 − rate)·sum + rate·low        weight ← (1 − rate)·weight + rate, or 1; nothing without a positive minimum, or at rate 0
//
// Layout: minima [B]; rate [1]; running [2] = (sum, weight).
// Work: one item.
export function runningThreshold(
  from: usize, to: usize, scratch: usize, minima: usize, rate: usize, running: usize, B: usize, mean: i32, start: i32,
): void {
  const r = <f64>load<f32>(rate);
  let sum: f64 = 0, least: f64 = Infinity, count: usize = 0;
  for (let b: usize = 0; b < 4 * B; b += 4) {
    const value = <f64>load<f32>(minima + b);
    if (!(value > 0)) continue;
    sum += value;
    least = min(least, value);
    count++;
  }
  if (count == 0 || r == 0) return;
  const low = mean ? sum / <f64>count : least;
  const before = <f64>load<f32>(running), weight = <f64>load<f32>(running, 4);
  // 0: corrected, 1: from the first value, 2: from 0
  const isFirst = start == 1 && weight == 0;
  store<f32>(running, <f32>(isFirst ? low : (1 - r) * before + r * low));
  store<f32>(running, <f32>(start == 0 ? (1 - r) * weight + r : 1), 4);
}
