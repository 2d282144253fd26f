/**
 * The penalty that `train` is asked for.
 *
 * @module
 */
import type { Penalty, TrainerOptions } from "@matryoshka/sae";
import { UsageError } from "../terminal/failure.ts";

/** The penalties without a preset that has them: log and l1 as in the author's code, others with λ = 1. */
const PENALTIES: { readonly [Kind in Penalty["kind"]]: Penalty & { readonly kind: Kind } } = {
  log: { kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true },
  l1: { kind: "l1", coefficient: 0.2 },
  tanh: { kind: "tanh", coefficient: 1 },
  l0: { kind: "l0", coefficient: 1 },
  targetL0: { kind: "targetL0", coefficient: 1, l0: 0 },
  none: { kind: "none" },
};

/** The kinds of penalty. */
export const PENALTY_KINDS = Object.keys(PENALTIES) as Penalty["kind"][];

/** The arguments that concern the penalty. */
export interface PenaltyArguments {
  readonly penalty?: Penalty["kind"];
  readonly penaltyCoefficient?: number;
  readonly targetL0?: number;
}

/** Returns the preset's penalty, with what was given in place of its parts. */
export function penaltyOf(
  { penalty: asked, penaltyCoefficient, targetL0 }: PenaltyArguments,
  { penalty, activation = { kind: "relu" } }: TrainerOptions,
): Penalty {
  const plain = activation.kind === "relu" || activation.kind === "identity" ? "log" : "none";
  const own = penalty ?? PENALTIES[plain];
  const base = asked === undefined || asked === own.kind ? own : PENALTIES[asked];
  if (base.kind === "none") {
    if (penaltyCoefficient === undefined) return base;
    const kinds = PENALTY_KINDS.filter((kind) => kind !== "none");
    throw new UsageError(
      `Cannot use --penalty-coefficient ${penaltyCoefficient}: --penalty must be one of ` +
        `${kinds.join(", ")} but is none`,
    );
  }
  const chosen = penaltyCoefficient === undefined
    ? base
    : { ...base, coefficient: penaltyCoefficient };
  if (chosen.kind !== "targetL0") return chosen;
  const l0 = targetL0 ?? (chosen.l0 > 0 ? chosen.l0 : undefined);
  if (l0 !== undefined) return { ...chosen, l0 };
  throw new UsageError("Cannot use --penalty targetL0: it needs --target-l0, which is missing");
}
