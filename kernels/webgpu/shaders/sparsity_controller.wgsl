// λ₀ ← λ₀ (1 − rate) where l0_{P−1} < target, else λ₀ (1 + rate); λ = λ₀·warmup.
// l0 [P], controls [rate, warmup], λ₀ and λ [1]. One thread.

struct Sizes { P: u32, targetL0: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> l0: array<f32>;
@group(0) @binding(2) var<storage, read> controls: array<f32>;
@group(0) @binding(3) var<storage, read_write> baseCoefficient: array<f32>;
@group(0) @binding(4) var<storage, read_write> coefficient: array<f32>;

@compute @workgroup_size(1)
fn main() {
  let below = l0[sizes.P - 1u] < sizes.targetL0;
  // Not times 1 ± rate: its rounding would be the same at every step, and add up over a run.
  let step = select(controls[0], -controls[0], below);
  let base = fma(step, baseCoefficient[0], baseCoefficient[0]);
  baseCoefficient[0] = base;
  coefficient[0] = base * controls[1];
}
