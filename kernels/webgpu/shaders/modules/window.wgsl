// What the window around θ sees, and the gradient of θ from its sums over the batch.
//
// windowTerm(pre, θ, latent, …): what a pre-activation adds to the two sums, but for ⟨G, D_i⟩ where isNear(pre, θ, h).
// gradientOfThreshold(sums, θ, latent, …): ∂θ, or the gradient of log θ.
// modules: jumped, latent, penalty

// Whether the window of the l0 penalty is laid over f, and not over the pre-activation.
const OVER_ACTIVATION: bool = false;
const LOGARITHM: bool = false;

fn isNear(pre: f32, threshold: f32, bandwidth: f32) -> bool { return abs(pre - threshold) < 0.5 * bandwidth; }

// Σ of the gradient at f, and how many rows the l0 penalty counts less than if all were silent.
fn windowTerm(pre: f32, threshold: f32, latent: Latent, bandwidth: f32, epsilon: f32) -> vec2<f32> {
  let near = isNear(pre, threshold, bandwidth);
  let f = jumped(pre, threshold);
  var term = vec2<f32>();
  if (near) {
    let weight = penaltyWeight(latent.norm);
    term.x = latent.omega * penaltySlope(abs(f) * weight, epsilon) * weight;
  }
  if (OVER_ACTIVATION) {
    // An active row counts where f is near; it is not one of the silent rows, which all count where 0 is near.
    if (f != 0.0) { term.y = select(0.0, 1.0, near) - select(0.0, 1.0, isNear(0.0, threshold, bandwidth)); }
  } else { term.y = select(0.0, 1.0, near); }
  return term;
}

fn gradientOfThreshold(
  sums: vec2<f32>, threshold: f32, latent: Latent, bandwidth: f32, rows: f32,
) -> f32 {
  var counted = sums.y;
  if (OVER_ACTIVATION && isNear(0.0, threshold, bandwidth)) { counted += rows; }
  var gradient = -threshold / bandwidth * sums.x;
  if (PENALTY == 4u) { gradient -= latent.omega / bandwidth * counted; }
  return select(gradient, threshold * gradient, LOGARITHM);
}
