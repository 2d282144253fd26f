// activate(pre, i): act(pre) of latent i.
//
// Uses the binding threshold [N] of the shader.

// By ACTIVATION_CODES of ../../codes.ts: 0 relu, 1 identity, 2 jumprelu.
const ACTIVATION: u32 = 0u;

fn activate(pre: f32, i: u32) -> f32 {
  if (ACTIVATION == 1u) { return pre; }
  var least = 0.0;
  if (ACTIVATION == 2u) { least = max(threshold[i], 0.0); }
  return select(0.0, pre, pre > least);
}
