/**
 * The permitted error of a float32 result, compared with the float64 reference. Every tolerance is
 *
 *     4·√n·2⁻²⁴·magnitude
 *
 * where n is the number of roundings that an element goes through, mainly the length of its reduction, and the
 * magnitude is the same formula without cancellation, like Σ|a||b| for Σ a b. Rounding errors behave
 * like a random walk, so they grow with √n, whatever the order of the sum. The factor 4 leaves room for
 * products, and makes a failure by chance as unlikely as a deviation by twelve sigma.
 *
 * @module
 */
import type { AnyKernel } from "../../kernels/kernel.ts";
import { type PenaltyConstants, penaltyValue } from "../../kernels/penalty.ts";
import { prefixResiduals } from "../../kernels/prefix_residuals.ts";
import { type Arrays, copyArrays, type PreparedLaunch } from "./launch.ts";

/** The relative error of one rounding to float32. */
const ROUNDING = 2 ** -24;

/**
 * The number of roundings that a division counts as. WGSL permits 2.5 ulp, that is 5·2⁻²⁴. These errors are
 * systematic and may all have the same sign, so they get twice that: 4·√8·2⁻²⁴.
 */
export const DIVISION = 8;

/** The number of roundings that a square root counts as: 1/inverseSqrt in WGSL, 4.5 ulp. */
export const SQUARE_ROOT = 20;

/** The number of roundings that a logarithm counts as: WGSL permits 2⁻²¹ near 1 and 3 ulp elsewhere. */
export const LOGARITHM = 16;

/**
 * The number of roundings that a hyperbolic tangent counts as. Computed from u = exp(−2x), tanh x = (1 − u)/(1 + u): WGSL permits u
 * 3 + 4x ulp, that is 7·2⁻²⁴ at x = ¼, below which a series is due; 1 − u, 0.39 there, has an error of 11·2⁻²⁴ of itself, the division
 * 5·2⁻²⁴ and the sums 2·2⁻²⁴. All may have the same sign: 4·√32·2⁻²⁴ is 22·2⁻²⁴.
 */
export const TANGENT = 32;

/** Returns the number of roundings of φ(a). */
export function penaltyRoundings({ penalty }: PenaltyConstants): number {
  return penalty === "tanh" ? TANGENT : LOGARITHM;
}

/** Returns 4·√n·2⁻²⁴·magnitude. */
export function roundoffOf(n: number, magnitude: number): number {
  return 4 * Math.sqrt(n) * ROUNDING * magnitude;
}

/** Returns a function that gives 4·√n·2⁻²⁴·magnitudes[e] for element e. */
export function roundoff(n: number, magnitudes: ArrayLike<number>): (e: number) => number {
  return (e) => roundoffOf(n, magnitudes[e]);
}

/** Returns −|v|: as a subtracted operand it turns a difference into a sum of magnitudes. */
export function negated(values: Float64Array): Float64Array {
  return values.map((v) => -Math.abs(v));
}

/** Runs the reference on the magnitudes of all inputs, except those in `replaced`, which it uses as given. */
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
 * Returns the magnitude that the error of φ(a) is relative to. Even where log(a + ε) is near 0, it has the
 * error of rounding a + ε, hence the 1. The values of the other penalties lose nothing.
 */
export function penaltyMagnitude(c: PenaltyConstants, a: number): number {
  if (c.penalty !== "log") return penaltyValue(c, a);
  const offset = c.subtractLogEpsilon ? Math.abs(Math.log(c.epsilon)) : 0;
  return 1 + Math.abs(Math.log(a + c.epsilon)) + offset;
}

/**
 * Returns a launch whose reference gives the magnitudes of the penalty's gradient. That of tanh, κ (1 − tanh²), has the error of
 * rounding tanh², which is relative to κ: that is the slope of an l1 penalty with the coefficient λ κ.
 */
export function withSteepestPenalty<
  L extends {
    readonly constants: PenaltyConstants;
    readonly inputs: { readonly coefficient: Float64Array };
  },
>(launch: L): L {
  const { constants, inputs } = launch;
  if (constants.penalty !== "tanh") return launch;
  const coefficient = inputs.coefficient.map((v) => v * constants.epsilon);
  return {
    ...launch,
    constants: { ...constants, penalty: "l1" },
    inputs: { ...inputs, coefficient },
  };
}

/** The inputs that determine the squared errors of all prefixes. */
export type ResidualInputs = Omit<
  Arrays<typeof prefixResiduals>,
  "residuals" | "squaredErrors"
>;

/**
 * Returns the tolerance of SE = scale·Σ e². If each e has the error δ, it is scale·Σ (2|e|δ + δ²) plus the
 * rounding of the sum.
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
