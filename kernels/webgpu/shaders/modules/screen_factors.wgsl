// The factors of the test by which a latent is excluded in a row: it is not active if
//
//     I ≤ u P − v Q − w T
//     u = 1/s                                    P = (θ − b − slack)/t
//     v = (‖x − x̂‖ + 24 h ‖x̂‖ + g ‖x‖)/s         Q = ‖E‖/t
//     w = ‖x̂‖/s                                  T = (‖E − Ê‖ + 8 h ‖E‖)/t + 2⁻⁴⁰
//
// where norms are widened to (1 + g) times what is stored + `lost`, and v, w, Q and T by 1 + 32 h: h = 2⁻²³, since WGSL
// lets sums and products round in either direction. docs/mathematics.md, "On WebGPU", has the derivation. No operand is
// infinite or NaN and no product overflows: numbers are compared by their bits first, since a compiler may assume that
// there are none. What cannot be bounded excludes nothing: u = w = 0 and v = 2⁶⁰, or P = T = 0 and Q = 2⁶⁰.
//
// Uses the sizes rounding (g), lost and least, and the bindings rowBounds, latentBounds, encoderBias and threshold of
// the shader, as words.
// modules: norms_at_most

// What is compared with θ, by ACTIVATION_CODES of ../../codes.ts: 0 relu, 2 jumprelu, 3 window.
const ACTIVATION: u32 = 0u;
const ALL: f32 = 0x1p+60;

// u, v and w of a row. What is made of them past the last row is not stored.
fn rowFactors(row: u32) -> vec4<f32> {
  let at = 5u * min(row, sizes.rows - 1u);
  let scale = rowBounds[at]; let norm = rowBounds[at + 1u];
  if (!hasScale(scale) || norm >= LARGEST_NORM) { return vec4<f32>(0.0, ALL, 0.0, 0.0); }
  let s = bitcast<f32>(scale);
  let decoded = normAtMost(rowBounds[at + 3u]);
  let error = normAtMost(rowBounds[at + 2u]) + 24.0 * H * decoded;
  let rounded = sizes.rounding * normAtMost(norm);
  return vec4<f32>(1.0 / s, (error + rounded) * WIDER / s, decoded * WIDER / s, 0.0);
}

// P, Q, T of latent n of the slice, and 64 Σ r as an integer. Past the last latent Q is −2⁶⁰: none is found.
fn latentFactors(n: u32) -> vec4<u32> {
  if (n >= sizes.latents) { return vec4<u32>(0u, bitcast<u32>(-ALL), 0u, 0u); }
  let i = sizes.firstLatent + n;
  let at = 4u * i;
  let scale = latentBounds[at]; let norm = latentBounds[at + 1u];
  let start = bitcast<u32>(i32(bitcast<f32>(latentBounds[at + 3u])));
  let open = vec4<u32>(0u, bitcast<u32>(ALL), 0u, start);
  let biasBits = encoderBias[i];
  var theta = 0.0;
  if (ACTIVATION != 0u) {
    let bits = threshold[i];
    if ((bits & 0x7fffffffu) < LARGEST_BIAS) { theta = bitcast<f32>(bits); }
    // Lower than it is.
    else if (bits <= 0x7f800000u) { theta = 0x1p+100; }
    else if (ACTIVATION == 3u) { return open; }
    else if ((bits & 0x7fffffffu) > 0x7f800000u) { return open; }
    if (ACTIVATION == 2u) { theta = max(theta, 0.0); }
  }
  if (!hasScale(scale) || norm >= LARGEST_NORM || (biasBits & 0x7fffffffu) >= LARGEST_BIAS) { return open; }
  let t = bitcast<f32>(scale); let b = bitcast<f32>(biasBits);
  let slack = (sizes.rounding + 32.0 * H) * abs(b) + 32.0 * H * abs(theta) + sizes.least;
  let above = theta - b - slack;
  // P stays between −2⁴⁰ and 2⁴⁰.
  if (above < -0x1p+40 * t) { return open; }
  let size = normAtMost(norm);
  let error = normAtMost(latentBounds[at + 2u]) + 8.0 * H * size;
  let f = vec3<f32>(min(above, 0x1p+40 * t) / t, size * WIDER / t, error * WIDER / t + 0x1p-40);
  return vec4<u32>(bitcast<vec3<u32>>(f), start);
}
