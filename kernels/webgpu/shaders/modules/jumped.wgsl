// jumped(pre, threshold): jumprelu of one pre-activation.

// Whether negative pre-activations are never active.
const RECTIFIED: bool = true;

fn jumped(pre: f32, threshold: f32) -> f32 {
  var least = threshold;
  if (RECTIFIED) { least = max(threshold, 0.0); }
  return select(0.0, pre, pre > least);
}
