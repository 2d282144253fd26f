// valueOf(kept): the activation that an encode has kept.
//
// The window keeps a pre-activation of 0, but an activation of 0 marks a latent that is not active. So 0, and what
// a device may flush to 0, is kept as the smallest number that none flushes.

const KEPT_ZERO: f32 = 0x1p-126;
// Whether the window has kept it.
const KEEPS_ZERO: bool = false;

fn valueOf(kept: f32) -> f32 { return select(kept, 0.0, KEEPS_ZERO && kept == KEPT_ZERO); }
