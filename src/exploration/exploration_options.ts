/**
 * The options of an exploration: checks them and fills in the defaults.
 *
 * @module
 */
import { checkArray, checkInteger, checkNumber, checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkPrefixes } from "../model/prefixes.ts";

/** Options of `exploreLatents`. */
export interface ExploreOptions {
  /**
   * The prefix lengths that part the latents into levels, ascending, the last of them N. By default the autoencoder's
   * own prefixes; if it only knows their number, N, N/2, N/4 …, as many, at most six; otherwise N alone, which leaves no
   * tree.
   */
  readonly levels?: readonly number[];
  /** The token of each row: whole numbers from 0 on, as many as there are rows. By default no tokens are counted. */
  readonly tokens?: ArrayLike<number>;
  /** Rows per sequence. Default 1: every row is a sequence of its own, and examples have no context. */
  readonly context?: number;
  /**
   * The number of the first row. Rows of examples count from it, and sequences begin at multiples of `context`.
   * Default 0.
   */
  readonly firstRow?: number;
  /** The number of strongest examples per latent. Default 10. */
  readonly topExamples?: number;
  /** The least similarity of a parent, from 0 to 1. Default 0.6. */
  readonly threshold?: number;
  /**
   * The most pairs of latents that are counted at a time, and the most pairs of a latent and a token. With more, the
   * rare ones are dropped, and counts may be too low by the share in `undercount`. A pair of latents takes 67 to 133
   * bytes, one with a token 40 to 80. Default 2,500,000.
   */
  readonly mostPairs?: number;
}

const EXPLORE_KEYS = /* @__PURE__ */ Object.keys(
  {
    levels: true,
    tokens: true,
    context: true,
    firstRow: true,
    topExamples: true,
    threshold: true,
    mostPairs: true,
  } satisfies Record<keyof ExploreOptions, true>,
);

/** Options, checked and complete. */
export interface ResolvedExploration extends Required<Omit<ExploreOptions, "tokens">> {
  readonly tokens: ArrayLike<number> | undefined;
}

/** The most levels that a number of prefixes stands for. */
const MOST_LEVELS = 6;

/** Checks the options for an autoencoder of N latents with these prefixes. */
export function resolveExploration(
  options: ExploreOptions,
  latentCount: number,
  prefixes: readonly number[] | number | undefined,
  task: string,
): ResolvedExploration {
  checkObject(options, "options", task);
  checkKeys(options, EXPLORE_KEYS, task);
  const { tokens, context = 1, firstRow = 0, topExamples = 10 } = options;
  const { threshold = 0.6, mostPairs = 2_500_000 } = options;
  if (options.levels !== undefined) {
    checkArray(options.levels, "levels", task);
    checkPrefixes(options.levels, latentCount, task);
  }
  if (tokens !== undefined) checkArray(tokens, "tokens", task);
  return {
    levels: [...options.levels ?? levelsOf(latentCount, prefixes)],
    tokens,
    context: checkInteger(context, "context", task),
    firstRow: checkInteger(firstRow, "firstRow", task, 0),
    topExamples: checkInteger(topExamples, "topExamples", task),
    threshold: checkNumber(threshold, "threshold", task, { least: 0, most: 1 }),
    mostPairs: checkInteger(mostPairs, "mostPairs", task),
  };
}

function levelsOf(latentCount: number, prefixes: readonly number[] | number = 1): number[] {
  if (typeof prefixes !== "number") return [...prefixes];
  const levels: number[] = [];
  const most = Math.min(prefixes, MOST_LEVELS);
  for (let p = latentCount; p >= 1 && levels.length < most; p >>= 1) levels.unshift(p);
  return levels;
}
