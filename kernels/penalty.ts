/**
 * The sparsity penalty φ and its slope. Not a kernel: the references of several kernels share it.
 *
 * @module
 */

/** The choice of penalty, fixed when a program is recorded. */
export interface PenaltyConstants {
  /** φ(a) is log(a + ε), a, tanh(κ a), 1 for a > 0, or 0. */
  readonly penalty: "log" | "l1" | "tanh" | "l0" | "none";
  /** ε of the log penalty, κ of the tanh penalty. */
  readonly epsilon: number;
  /** Whether log ε is subtracted, so that a silent latent costs 0. */
  readonly subtractLogEpsilon: boolean;
  /** Whether a is |f| alone: the kernels then take 1 for every n_i, and the penalty has no gradient to D. */
  readonly unweighted?: boolean;
}

/** Returns φ(a) for a = |f|·‖D_i‖ ≥ 0. */
export function penaltyValue(c: PenaltyConstants, a: number): number {
  if (c.penalty === "none") return 0;
  if (c.penalty === "l1") return a;
  if (c.penalty === "l0") return a > 0 ? 1 : 0;
  if (c.penalty === "tanh") return Math.tanh(c.epsilon * a);
  return Math.log(a + c.epsilon) - (c.subtractLogEpsilon ? Math.log(c.epsilon) : 0);
}

/** Returns φ′(a) for a ≥ 0. */
export function penaltySlope(c: PenaltyConstants, a: number): number {
  if (c.penalty === "none" || c.penalty === "l0") return 0;
  if (c.penalty === "tanh") return c.epsilon * (1 - Math.tanh(c.epsilon * a) ** 2);
  return c.penalty === "l1" ? 1 : 1 / (a + c.epsilon);
}

/** Returns the weight of a latent's activations in the penalty: n_i, or 1. */
export function penaltyWeight(c: PenaltyConstants, norm: number): number {
  return c.unweighted ? 1 : norm;
}
