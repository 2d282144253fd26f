/** The features to learn, as the page knows them before the worker has started. */

import type { Settings } from "./settings.ts";

/** Steps of a run whose settings are left alone: half as many as the author's. */
export const STEPS = 8_000;

const LETTERS = ["A", "B", "C"];
const CHILDREN = 3;
const SINGLES = 8;

/** The features and what is measured. */
export interface World {
  /** Names of the features, in their order. */
  readonly features: readonly string[];
  /** Each parent with its children, as indices of features. */
  readonly parents: readonly { readonly parent: number; readonly children: readonly number[] }[];
  /** The measured prefix lengths, which need not be those of the training. The last is the number of latents. */
  readonly prefixes: readonly number[];
}

/** The parents with their children, as `ToyTree` orders them. */
export const PARENTS: World["parents"] = LETTERS.map((_, tree) => {
  const parent = tree * (1 + CHILDREN);
  return { parent, children: Array.from({ length: CHILDREN }, (_, c) => parent + 1 + c) };
});

/** "parent A", "child A1", … for the features of the trees, and "single 1", … for the others. */
export const FEATURES: World["features"] = [
  ...LETTERS.flatMap((letter) => [
    `parent ${letter}`,
    ...Array.from({ length: CHILDREN }, (_, c) => `child ${letter}${c + 1}`),
  ]),
  ...Array.from({ length: SINGLES }, (_, i) => `single ${i + 1}`),
];

/** Returns the world of a run. */
export function worldOf({ latents }: Settings): World {
  // One latent for each parent, two for each, one for each feature of the trees and one more, and all.
  const prefixes = [3, 6, 13].filter((prefix) => prefix < latents);
  return { features: FEATURES, parents: PARENTS, prefixes: [...prefixes, latents] };
}

/**
 * Returns the correlation of "a parent is present" with "one of its children is": √(c(1 − p)/(1 − cp)) for
 * probabilities p of the parent and c of a child given the parent, because a child never occurs without its parent.
 */
export function correlation({ parents, children }: Pick<Settings, "parents" | "children">): number {
  const p = parents / 100;
  const c = children / 100;
  return Math.sqrt(c * (1 - p) / (1 - c * p));
}
