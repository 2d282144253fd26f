/**
 * Where a trainer's prefixes come from: a fixed list, or the law they are drawn from.
 *
 * @module
 */
import { checkInteger, checkNumber } from "../base/checks.ts";
import type { ResolvedLoss } from "../step/loss_options.ts";
import { checkPrefixes, prefixesFromFractions, samplePrefixes } from "../model/prefixes.ts";
import { Random } from "../base/random.ts";

/** What a trainer may be told about its prefixes. */
export interface PrefixChoice {
  readonly latentCount: number;
  readonly prefixes?: ArrayLike<number>;
  readonly prefixFractions?: ArrayLike<number>;
  readonly prefixCount?: number;
  readonly minimumPrefix?: number;
  readonly prefixExponent?: number;
}

/** The prefixes of each step. */
export interface PrefixSource {
  /** The options with their defaults: the list, or the law. */
  readonly options: Readonly<Record<string, number | readonly number[]>>;
  /** The prefixes of the next step. */
  next(random: Random): readonly number[];
}

/** Checks the choice, and makes the source. */
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
  samplePrefixes(law, () => trial.uniform()); // throws here, not at the first step
  loss.weights(law.prefixCount, task);
  return {
    options: { prefixCount: law.prefixCount, minimumPrefix, prefixExponent },
    next: (random) => samplePrefixes(law, () => random.uniform()),
  };
}
