/**
 * Names the likely cause of a run that failed, and the flags that may help.
 *
 * @module
 */

/** Settings that can make a run fail. What only a flag can set is missing if that was not given. */
export interface CauseFacts {
  /** The peak learning rate. */
  readonly learningRate: number;
  /** Whether the loss has a penalty. */
  readonly isPenalized: boolean;
  readonly penaltyCoefficient?: number;
  readonly targetL0?: number;
  /** The rate of λ. */
  readonly sparsityRate?: number;
}

/** The trainer's default. Up to there, the learning rate is seldom to blame. */
const USUAL_LEARNING_RATE = 0.003;

/** Returns a sentence about the likely cause of a failure. It names only flags that are in use. */
export function causeOf(facts: CauseFacts): string {
  const { learningRate } = facts;
  const isHigh = learningRate > USUAL_LEARNING_RATE;
  const given = givenPenalty(facts);
  // A high learning rate is enough of a cause, unless the penalty was chosen, too.
  const isSuspect = facts.isPenalized && (!isHigh || given.length > 0);
  const penalty = given.length > 0 ? `the penalty (${given.join(", ")}) or ` : "the penalty or ";
  const remedies = [
    ...isSuspect ? penaltyRemedies(facts) : [],
    isHigh ? `--learning-rate ${USUAL_LEARNING_RATE}, the default` : "a lower --learning-rate",
  ];
  return `The likely cause is ${isSuspect ? penalty : ""}the learning rate ${learningRate}: try ` +
    [remedies.slice(0, -1).join(", "), remedies.at(-1)].filter(Boolean).join(" or ");
}

/** Returns the flags that were given and raise λ, with their values. */
function givenPenalty({ penaltyCoefficient, sparsityRate }: CauseFacts): string[] {
  return [
    ...penaltyCoefficient ? [`--penalty-coefficient ${penaltyCoefficient}`] : [],
    ...sparsityRate ? [`--sparsity-rate ${sparsityRate}`] : [],
  ];
}

function penaltyRemedies({ penaltyCoefficient, sparsityRate, targetL0 }: CauseFacts): string[] {
  // Without a target λ stays at the coefficient, be it the preset's.
  const isCoefficient = penaltyCoefficient || targetL0 === undefined;
  return [
    ...isCoefficient ? ["a smaller --penalty-coefficient"] : [],
    ...sparsityRate ? ["a smaller --sparsity-rate"] : [],
    ...targetL0 === undefined ? [] : ["a higher --target-l0"],
  ];
}
