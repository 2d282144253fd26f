// The factors of an upper bound of the pre-activation of a latent in a row:
//
//     pre′ ≤ max(s (I t) + (v Q + w T) + c, r)
//     s, t: the scales                        c = b + slack
//     v = ‖x − x̂‖ + 24 h ‖x̂‖ + g ‖x‖          Q = ‖E‖
//     w = ‖x̂‖                                 T = ‖E − Ê‖ + 8 h ‖E‖
//
// with norms and factors widened as in modules/screen_factors.wgsl. docs/mathematics.md, "On WebGPU", has the derivation.
// What cannot be bounded gets OPEN: r of a row is otherwise 0, and c of such a latent is OPEN, t = Q = T = 0.
//
// Uses the sizes rounding (g), lost and least, and the bindings rowBounds, latentBounds and encoderBias of the shader, as
// words.
// modules: norms_at_most

const OPEN: f32 = 0x1p+126;

// s, v, w and r of a row; of the last one past the end.
fn rowFactors(row: u32) -> vec4<f32> {
  let at = 5u * min(row, sizes.rows - 1u);
  let scale = rowBounds[at]; let norm = rowBounds[at + 1u];
  if (!hasScale(scale) || norm >= LARGEST_NORM) { return vec4<f32>(0.0, 0.0, 0.0, OPEN); }
  let decoded = normAtMost(rowBounds[at + 3u]);
  let error = normAtMost(rowBounds[at + 2u]) + 24.0 * H * decoded;
  let rounded = sizes.rounding * normAtMost(norm);
  return vec4<f32>(bitcast<f32>(scale), (error + rounded) * WIDER, decoded * WIDER, 0.0);
}

// The factors of a latent, and 64 Σ r.
struct Bound { t: f32, Q: f32, T: f32, start: i32, c: f32 }

// Of latent n of the slice; of the last one past the end.
fn latentFactors(n: u32) -> Bound {
  let i = sizes.firstLatent + min(n, sizes.latents - 1u);
  let at = 4u * i;
  let scale = latentBounds[at]; let norm = latentBounds[at + 1u];
  let biasBits = encoderBias[i];
  let start = i32(bitcast<f32>(latentBounds[at + 3u]));
  if (!hasScale(scale) || norm >= LARGEST_NORM || (biasBits & 0x7fffffffu) >= LARGEST_BIAS) {
    return Bound(0.0, 0.0, 0.0, start, OPEN);
  }
  let b = bitcast<f32>(biasBits);
  let slack = (sizes.rounding + 32.0 * H) * abs(b) + sizes.least;
  let size = normAtMost(norm);
  let error = normAtMost(latentBounds[at + 2u]) + 8.0 * H * size;
  return Bound(bitcast<f32>(scale), size * WIDER, error * WIDER, start, b + slack);
}
