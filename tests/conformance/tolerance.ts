/**
 * How far a float32 result may be from the float64 reference. Every tolerance is
 *
 *     4·√n·2⁻²⁴·magnitude
 *
 * with n the roundings that an element goes through (above all, the length of its reduction) and
 * the magnitude the same formula without cancellation, like Σ|a||b| for Σ a b. Rounding errors
 * behave like a random walk, so they grow with √n, whatever the order of the sum; the factor 4
 * leaves room for products, and makes a chance failure as unlikely as one by twelve deviations.
 *
 * @module
 */
import type { AnyKernel } from "../../kernels/kernel.ts";
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { prefixResiduals } from "../../kernels/prefix_residuals.ts";
import { type Arrays, copyArrays, type PreparedLaunch } from "./launch.ts";

/** Relative error of one rounding to float32. */
const ROUNDING = 2 ** -24;

/**
 * How many roundings a division counts for: WGSL allows it 2.5 ulp, that is 5·2⁻²⁴. These errors
 * are the machine's and may all point one way, so they count for twice that: 4·√8·2⁻²⁴.
 */
export const DIVISION = 8;

/** The same for a square root: 1/inverseSqrt in WGSL, 4.5 ulp. */
export const SQUARE_ROOT = 20;

/** The same for a logarithm: WGSL allows 2⁻²¹ absolutely near 1 and 3 ulp elsewhere. */
export const LOGARITHM = 16;

/** 4·√n·2⁻²⁴·magnitude. */
export function roundoffOf(n: number, magnitude: number): number {
  return 4 * Math.sqrt(n) * ROUNDING * magnitude;
}

/** 4·√n·2⁻²⁴·magnitudes[e], for each element. */
export function roundoff(n: number, magnitudes: ArrayLike<number>): (e: number) => number {
  return (e) => roundoffOf(n, magnitudes[e]);
}

/** −|v|: given as the subtracted operand it makes a difference into a sum of magnitudes. */
export function negated(values: Float64Array): Float64Array {
  return values.map((v) => -Math.abs(v));
}

/** Runs the reference on the magnitudes of all inputs, but for those in `replaced`. */
export function magnitudes<K extends AnyKernel>(
  kernel: K,
  { inputs, dims, constants }: Pick<PreparedLaunch<K>, "inputs" | "dims" | "constants">,
  replaced: Partial<Arrays<K>> = {},
): Arrays<K> {
  const arrays = copyArrays<K>({ ...inputs, ...replaced });
  for (const [name, array] of Object.entries(arrays) as [string, Float64Array | Uint32Array][]) {
    if (!(name in replaced)) array.forEach((v, e) => array[e] = Math.abs(v));
  }
  kernel.reference(arrays, dims, constants);
  return arrays;
}

/**
 * What the error of φ(a) is relative to. log(a + ε) is off by a rounding of a + ε even where it is
 * near 0, hence the 1.
 */
export function penaltyMagnitude(c: PenaltyConstants, a: number): number {
  if (c.penalty === "none") return 0;
  if (c.penalty === "l1") return a;
  const offset = c.subtractLogEpsilon ? Math.abs(Math.log(c.epsilon)) : 0;
  return 1 + Math.abs(Math.log(a + c.epsilon)) + offset;
}

/** What the squared errors of all prefixes are made of. */
export type ResidualInputs = Omit<
  Arrays<typeof prefixResiduals>,
  "residuals" | "squaredErrors"
>;

/**
 * For SE = scale·Σ e² with each e off by δ: scale·Σ (2|e|δ + δ²), and the sum's own rounding.
 */
export function squaredErrorTolerance(
  inputs: ResidualInputs,
  dims: Record<"B" | "d" | "N" | "P", number>,
  scale: number,
): (j: number) => number {
  const { B, d, N, P } = dims;
  const launch = {
    inputs: {
      ...inputs,
      residuals: new Float64Array(P * B * d),
      squaredErrors: new Float64Array(P),
    },
    dims,
    constants: { scale },
  };
  const sizes = magnitudes(prefixResiduals, launch, { input: negated(inputs.input) });
  const { residuals, squaredErrors } = launch.inputs;
  prefixResiduals.reference(launch.inputs, dims, { scale });
  return (j) => {
    let tolerance = roundoffOf(B * d + 2, squaredErrors[j]);
    for (let e = j * B * d; e < (j + 1) * B * d; e++) {
      const delta = roundoffOf(N + 2, sizes.residuals[e]);
      tolerance += scale * (2 * Math.abs(residuals[e]) + delta) * delta;
    }
    return tolerance;
  };
}
