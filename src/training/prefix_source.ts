/**
 * Gives the prefixes of each training step: a fixed list, or draws from a law.
 *
 * @module
 */
import { checkInteger, checkNumber } from "../base/checks.ts";
import type { ResolvedLoss } from "../step/loss_options.ts";
import { checkPrefixes, prefixesFromFractions, samplePrefixes } from "../model/prefixes.ts";
import { Random } from "../base/random.ts";

/** The options of a trainer that concern prefixes. */
export interface PrefixChoice {
  readonly latentCount: number;
  readonly prefixes?: ArrayLike<number>;
  readonly prefixFractions?: ArrayLike<number>;
  readonly prefixCount?: number;
  readonly minimumPrefix?: number;
  readonly prefixExponent?: number;
}

/** Gives the prefixes of each step. */
export interface PrefixSource {
  /** The options with their defaults: those of the list or of the law. */
  readonly options: Readonly<Record<string, number | readonly number[]>>;
  /** Returns the prefixes of the next step. */
  next(random: Random): readonly number[];
}

/** Checks the options and makes the source. */
export function prefixSource(
  choice: PrefixChoice,
  loss: ResolvedLoss,
  task: string,
): PrefixSource {
  const { latentCount, prefixes, prefixFractions, prefixCount } = choice;
  const given = Object.entries({ prefixes, prefixFractions, prefixCount })
    .flatMap(([name, value]) => value === undefined ? [] : [name]);
  if (given.length > 1) {
    throw new TypeError(`Cannot ${task}: only one of ${given.join(" and ")} can be given`);
  }
  if (prefixes !== undefined || prefixFractions !== undefined) {
    const fixed = prefixFractions === undefined
      ? prefixes!
      : prefixesFromFractions(prefixFractions, latentCount);
    checkPrefixes(fixed, latentCount, task);
    loss.weights(fixed.length, task);
    const copy = Array.from(fixed);
    return { options: { prefixes: copy }, next: () => copy };
  }
  const { minimumPrefix = 1, prefixExponent = 0.5 } = choice;
  const law = {
    latentCount,
    prefixCount: prefixCount === undefined ? Math.min(10, latentCount) : prefixCount,
    minimum: checkInteger(minimumPrefix, "minimumPrefix", task),
    exponent: checkNumber(prefixExponent, "prefixExponent", task, { above: 0 }),
  };
  const trial = Random.fromSeed(0);
  // A trial draw, so that a bad law is an error here rather than at the first step.
  samplePrefixes(law, () => trial.uniform());
  loss.weights(law.prefixCount, task);
  return {
    options: { prefixCount: law.prefixCount, minimumPrefix, prefixExponent },
    next: (random) => samplePrefixes(law, () => random.uniform()),
  };
}
