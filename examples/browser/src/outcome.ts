/** Judges what an autoencoder has made of each feature: not learnt yet, kept, or absorbed. */

import type { ModelSnapshot } from "./protocol.ts";
import { PARENTS } from "./world.ts";

/** A parent is learnt if its latent is active in this share of its rows without a child. */
export const STANDS_FOR = 0.8;
/** A parent is kept if its latent is active in this share of its rows with a child. */
const KEPT = 0.5;
/** A child is learnt from this cosine; its latent has 0.71 if it points along the parent just as much. */
const LEARNT_CHILD = 0.6;
/** A child's latent points along its parent, too, from this cosine. */
const TOWARDS_PARENT = 0.4;

/** What has become of a feature. */
export type Outcome = "learning" | "kept" | "absorbed";

/** Returns the outcome of each feature, in their order. */
export function outcomes(model: ModelSnapshot): Outcome[] {
  const { latents, cosines, perParent, perChild } = model;
  const F = latents.length;
  const cosine = (feature: number, latentOf: number) => cosines[feature * F + latentOf];
  // Features outside the trees have nobody to be absorbed by.
  const result = latents.map((_, f): Outcome => cosine(f, f) >= STANDS_FOR ? "kept" : "learning");
  PARENTS.forEach(({ parent, children }, t) => {
    const { alone, withChild } = perParent[t];
    if (!(alone >= STANDS_FOR)) result[parent] = "learning";
    else result[parent] = withChild >= KEPT ? "kept" : "absorbed";
    children.forEach((child, c) => {
      const silent = perChild[t * children.length + c] < KEPT;
      if (!(cosine(child, child) >= LEARNT_CHILD)) result[child] = "learning";
      else if (silent && cosine(parent, child) >= TOWARDS_PARENT) result[child] = "absorbed";
      else result[child] = "kept";
    });
  });
  return result;
}

/** How many parents and children have each outcome. */
export interface Tally {
  readonly parents: Readonly<Record<Outcome, number>>;
  readonly children: Readonly<Record<Outcome, number>>;
}

/** Counts outcomes. */
export function tally(result: readonly Outcome[]): Tally {
  const count = (features: readonly number[]) => {
    const counts = { learning: 0, kept: 0, absorbed: 0 };
    for (const feature of features) counts[result[feature]]++;
    return counts;
  };
  return {
    parents: count(PARENTS.map(({ parent }) => parent)),
    children: count(PARENTS.flatMap(({ children }) => children)),
  };
}
