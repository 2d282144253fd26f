/**
 * The sparsity penalty φ and its slope. Not a kernel: the references of several kernels share it.
 *
 * @module
 */

/** The choice of penalty, fixed when a program is recorded. */
export interface PenaltyConstants {
  /** φ(a) is log(a + ε), a or 0. */
  readonly penalty: "log" | "l1" | "none";
  /** ε of the log penalty. */
  readonly epsilon: number;
  /** Whether log ε is subtracted, so that a silent latent costs 0. */
  readonly subtractLogEpsilon: boolean;
}

/** Returns φ(a) for a = |f|·‖D_i‖ ≥ 0. */
export function penaltyValue(c: PenaltyConstants, a: number): number {
  if (c.penalty === "none") return 0;
  if (c.penalty === "l1") return a;
  return Math.log(a + c.epsilon) - (c.subtractLogEpsilon ? Math.log(c.epsilon) : 0);
}

/** Returns φ′(a) for a ≥ 0. */
export function penaltySlope(c: PenaltyConstants, a: number): number {
  if (c.penalty === "none") return 0;
  return c.penalty === "l1" ? 1 : 1 / (a + c.epsilon);
}
