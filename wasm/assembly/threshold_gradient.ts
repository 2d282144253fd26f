// The straight-through gradient of the thresholds (window.ts has the formula), from codes that hold the window of every latent
//
// Layout: codes by latent; G [P, B, d], of which latent i reads its block's slab; D [N, d]; θ and ∂θ [N]; n [N], or 0 where every weight is 1.
// Work: items are latents, few at a time because they have very uneven numbers of rows.
import { penaltyWeight } from "./blocks";
import { weightOf } from "./penalty";
import { windowBytes, windowGradient, windowIn } from "./window";

export function thresholdGradientScratchBytes(B: usize): usize {
  return windowBytes(B);
}

export function thresholdGradient(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentRows: usize, latentValues: usize, reverseSums: usize, decoder: usize, norms: usize,
  threshold: usize, bounds: usize, weights: usize, coefficient: usize, thresholdGradient: usize,
  B: usize, d: usize, P: usize, kind: i32, epsilon: f32, bandwidth: f32, floor: f32, overActivations: i32, logarithm: i32,
): void {
  const window = windowIn(scratch, B, d);
  window.kind = kind, window.epsilon = epsilon, window.bandwidth = bandwidth;
  window.floor = floor, window.overActivations = overActivations, window.logarithm = logarithm;
  let block: usize = 0, bound: usize = 0;
  for (let i = from; i < to; i++) {
    if (i >= bound) {
      while (i >= <usize>load<u32>(bounds + 4 * block)) block++;
      bound = <usize>load<u32>(bounds + 4 * block);
      window.omega = penaltyWeight(coefficient, weights, block, B, P);
      window.G = reverseSums + 4 * block * B * d;
    }
    window.D = decoder + 4 * i * d, window.weight = weightOf(norms, i);
    const first = <usize>load<u32>(latentOffsets + 4 * i), count = <usize>load<u32>(latentOffsets + 4 * i, 4) - first;
    const at = thresholdGradient + 4 * i, theta = load<f32>(threshold + 4 * i);
    store<f32>(at, windowGradient(window, latentRows + 4 * first, latentValues + 4 * first, count, theta));
  }
}
