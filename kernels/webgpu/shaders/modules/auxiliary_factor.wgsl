// auxiliaryFactor(): scale [/ V] [· min(deadCount / full, 1)], the factor of the auxiliary loss; 0 if the loss does not
// apply, or V is 0.
//
// Uses sizes.B, sizes.scale, sizes.full and the bindings variance, deadCount and rowOffsets [B + 1] of the shader.

// By WHEN_CODES of ../../codes.ts, what must not be 0 for the loss to apply: 0 the dead latents, 1 the codes, 2 nothing.
const WHEN: u32 = 0u;
const NORMALIZED: bool = true;

fn auxiliaryFactor() -> f32 {
  if (WHEN == 0u && deadCount[0] == 0u) { return 0.0; }
  if (WHEN == 1u && rowOffsets[sizes.B] == 0u) { return 0.0; }
  var factor = sizes.scale;
  if (NORMALIZED) {
    if (variance[0] <= 0.0) { return 0.0; }
    factor /= variance[0];
  }
  if (sizes.full > 0.0) { factor *= min(f32(deadCount[0]) / sizes.full, 1.0); }
  return factor;
}
