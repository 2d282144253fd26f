// λ₀ ← λ₀ (1 − rate) where mean L0 < target, else λ₀ (1 + rate)        λ = λ₀·warmup
//
// Layout: l0 [P]; controls = [rate, warmup]; λ₀ and λ are one number each.
// Work: one item.

export function sparsityController(
  from: usize, to: usize, scratch: usize,
  l0: usize, controls: usize, baseCoefficient: usize, coefficient: usize, P: usize, targetL0: f64,
): void {
  const rate: f64 = load<f32>(controls), warmup: f64 = load<f32>(controls, 4);
  const fewer = <f64>load<f32>(l0 + 4 * (P - 1)) < targetL0;
  const base = <f64>load<f32>(baseCoefficient) * (fewer ? 1 - rate : 1 + rate);
  store<f32>(baseCoefficient, <f32>base);
  store<f32>(coefficient, <f32>(base * warmup));
}
