/**
 * The schedule of the learning rate.
 *
 * @module
 */
import type { ResolvedTrainer } from "./resolved_trainer.ts";

/** Returns the learning rate of step s, counted from 0: it rises, stays level, then falls to a tenth or to 0. */
export function learningRateAt(s: number, options: ResolvedTrainer): number {
  const { learningRate, warmupSteps, warmupFrom, decayFraction, decaySteps, steps } = options;
  const decayStart = (1 - decayFraction) * steps;
  if (s < warmupSteps) return learningRate * (warmupFrom === "first" ? s + 1 : s) / warmupSteps;
  if (decaySteps !== undefined) {
    const left = Math.max(steps - s, 0);
    return left > decaySteps ? learningRate : learningRate * left / decaySteps;
  }
  if (s < decayStart) return learningRate;
  // The author's expression: + 0.01 keeps the divisor positive.
  const share = Math.min(s - decayStart, decayFraction * steps) / (decayFraction * steps + 0.01);
  return learningRate * (1 - 0.9 * share);
}
