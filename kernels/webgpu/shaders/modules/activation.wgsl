// activate(pre, i): act(pre) of latent i; what the window keeps is never 0, see kept_zero.wgsl.
//
// Uses the binding threshold [N] of the shader.
// modules: kept_zero

// By ACTIVATION_CODES of ../../codes.ts: 0 relu, 1 identity, 2 jumprelu, 3 window.
const ACTIVATION: u32 = 0u;

fn activate(pre: f32, i: u32) -> f32 {
  if (ACTIVATION == 1u) { return pre; }
  if (ACTIVATION == 3u) {
    return select(0.0, select(pre, KEPT_ZERO, abs(pre) < KEPT_ZERO), pre > threshold[i]);
  }
  var least = 0.0;
  if (ACTIVATION == 2u) { least = max(threshold[i], 0.0); }
  return select(0.0, pre, pre > least);
}
