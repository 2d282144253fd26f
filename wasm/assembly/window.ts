// ∂θ_i = −(θ_i/h) Σ_b r(pre_bi − θ_i) ∂f_bi − [l0 penalty: (Ω/h) Σ_b r(pre_bi − θ_i)], times θ_i for the gradient of log θ_i
// ∂f_bi = ⟨G_b, D_i⟩ + Ω φ′(|f_bi| n_i) n_i        r(z) = 1 if |z| < h/2, else 0
//
// Layout: rows (u32) and pre-activations of one latent in two lists; G is the slab of the latent's block, [B, d].
// Work: one thread handles a latent. Only the rows in the window get a dot product, four at a time.
import { Penalty } from "./codes";
import { dotFour } from "./listed_rows";
import { penaltySlope } from "./penalty";
import { dot } from "./rows";

/** What the window of one latent needs. */
@unmanaged
export class Window {
  /** Rows of G, and their number. */
  G: usize;
  B: usize;
  d: usize;
  D: usize;
  /** Four dot products. */
  dots: usize;
  /** The rows of the window: room for B. */
  near: usize;
  kind: i32;
  epsilon: f32;
  bandwidth: f32;
  /** The least value that is active: 0 where rectified, else −∞. */
  floor: f32;
  /** Whether the l0 penalty lays the window over f. */
  overActivations: i32;
  logarithm: i32;
  /** Ω and n_i, or 1 where the penalty is unweighted. */
  omega: f32;
  weight: f32;
}

const WINDOW_BYTES: usize = 64;
const DOTS_BYTES: usize = 64;

/** Returns the bytes of scratch that a window needs, a multiple of 64. */
// @ts-ignore: decorator
@inline
export function windowBytes(B: usize): usize {
  return WINDOW_BYTES + DOTS_BYTES + (4 * B + 63 & ~63);
}

/** Describes windows over B rows, at the start of scratch. */
export function windowIn(scratch: usize, B: usize, d: usize): Window {
  const window = changetype<Window>(scratch);
  window.B = B, window.d = d;
  window.dots = scratch + WINDOW_BYTES, window.near = window.dots + DOTS_BYTES;
  return window;
}

/** Returns the gradient of θ, or of its logarithm, from `count` codes that hold all of the window. */
export function windowGradient(window: Window, rows: usize, values: usize, count: usize, theta: f32): f32 {
  const half = window.bandwidth / 2, limit = max(theta, window.floor), near = window.near;
  const hasSlope = window.kind != Penalty.none && window.kind != Penalty.l0;
  let found: usize = 0, active: usize = 0, activeNear: usize = 0;
  let slopes: f64 = 0;
  for (let e: usize = 0; e < 4 * count; e += 4) {
    const pre = load<f32>(values + e);
    const isActive = usize(!(pre <= limit) && pre != 0);
    active += isActive;
    // A NaN is near, so that it is found later.
    if (Mathf.abs(pre - theta) >= half) continue;
    activeNear += isActive;
    store<u32>(near + 4 * found++, load<u32>(rows + e));
    if (hasSlope) slopes += penaltySlope(window.kind, window.epsilon, isActive ? Mathf.abs(pre) * window.weight : 0);
  }
  const slope = <f64>window.omega * slopes * <f64>window.weight + sumOfDots(window, found);
  let gradient = -<f64>theta / <f64>window.bandwidth * slope;
  if (window.kind == Penalty.l0) {
    const silentNear = Mathf.abs(theta) < half ? window.B - active : 0;
    const counted = window.overActivations ? activeNear + silentNear : found;
    gradient -= <f64>window.omega / <f64>window.bandwidth * <f64>counted;
  }
  return <f32>(window.logarithm ? <f64>theta * gradient : gradient);
}

/** Returns the sum of ⟨G_b, D_i⟩ over the first `count` rows of the window. */
function sumOfDots(window: Window, count: usize): f64 {
  const G = window.G, D = window.D, near = window.near, dots = window.dots, bytes: usize = 4 * window.d;
  let sum: f64 = 0;
  let n: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; n + 4 <= count; n += 4) {
      dotFour(dots, D, G, near + 4 * n, bytes);
      const first = <f64>load<f32>(dots) + <f64>load<f32>(dots, 4), second = <f64>load<f32>(dots, 8) + <f64>load<f32>(dots, 12);
      sum += first + second;
    }
  }
  for (; n < count; n++) sum += dot(G + <usize>load<u32>(near + 4 * n) * bytes, D, window.d);
  return sum;
}
