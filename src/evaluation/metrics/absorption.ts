/**
 * Feature absorption: a parent's latent that goes silent where a child's latent speaks for both.
 *
 * @module
 */

import { checkArray, checkObject } from "../../base/checks.ts";
import { checkCodes, codesFromDense, type SparseCodes } from "../../model/codes.ts";
import type { ToyTreeParent } from "../../data/toy_tree.ts";

const TASK = "measure absorption";

/** Dense activations with their shape. */
export interface DenseActivations {
  /** Rows in the batch, B. */
  readonly rows: number;
  /** Latents, N. */
  readonly latentCount: number;
  /** [B, N] */
  readonly activations: Float32Array;
}

/** What to measure absorption on. */
export interface AbsorptionOptions {
  /** What the autoencoder made of the samples. */
  readonly codes: SparseCodes | DenseActivations;
  /** 1 where a known feature is active, [B, F], as from `ToyTree.sample`. */
  readonly features: Uint8Array;
  /** For each feature its latent, or −1 for none; [F]. */
  readonly latents: ArrayLike<number>;
  /** Which features are parents of which, as `ToyTree.parents`. */
  readonly parents: readonly ToyTreeParent[];
}

/** What {@linkcode measureAbsorption} found. */
export interface Absorption {
  /** Pairs of a row and a parent with a child active. */
  readonly childCount: number;
  /** The share of those in which the parent's latent is active: about 1 is right, about 0 is absorption. */
  readonly parentActiveWhenChild: number;
  /** 1 − parentActiveWhenChild. */
  readonly absorption: number;
  /**
   * The share of pairs with the parent but no child in which the parent's latent is active, NaN if there are none. It
   * tells absorption (about 1) from a latent that does not stand for the parent at all (about 0).
   */
  readonly parentActiveAlone: number;
}

/**
 * Measures how often a parent's latent is active when the parent is, with a child and without.
 *
 * A latent is active where its value is not 0. Pairs of rows and parents are pooled.
 *
 * @param options What the autoencoder made of which samples.
 * @throws {RangeError} if shapes disagree, a latent is out of range, or no sample has a child active
 * @throws {TypeError} if something is of the wrong kind
 *
 * @example
 * ```ts
 * import { measureAbsorption } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * // Feature 0 is the parent of feature 1; latent 0 is silent where latent 1 is active.
 * const { absorption, parentActiveAlone } = measureAbsorption({
 *   codes: { rows: 2, latentCount: 2, activations: new Float32Array([1, 0, 0, 1]) },
 *   features: new Uint8Array([1, 0, 1, 1]),
 *   latents: [0, 1],
 *   parents: [{ parent: 0, children: [1] }],
 * });
 * assertEquals(absorption, 1);
 * assertEquals(parentActiveAlone, 1);
 * ```
 */
export function measureAbsorption(options: AbsorptionOptions): Absorption {
  checkObject(options, "options", TASK);
  checkObject(options.codes, "codes", TASK);
  const { features, latents, parents } = options;
  checkArray(features, "features", TASK);
  checkArray(latents, "latents", TASK);
  checkArray(parents, "parents", TASK);
  const codes = sparse(options.codes);
  check(codes, options);
  const F = latents.length;
  const active = new Uint8Array(codes.latentCount);
  let childCount = 0, activeWithChild = 0, aloneCount = 0, activeAlone = 0;
  for (let b = 0; b < codes.rows; b++) {
    active.fill(0);
    for (let e = codes.rowOffsets[b]; e < codes.rowOffsets[b + 1]; e++) {
      if (codes.values[e] !== 0) active[codes.indices[e]] = 1;
    }
    for (const { parent, children } of parents) {
      const on = latents[parent] < 0 ? 0 : active[latents[parent]];
      if (children.some((child) => features[b * F + child] !== 0)) {
        childCount++;
        activeWithChild += on;
      } else if (features[b * F + parent] !== 0) {
        aloneCount++;
        activeAlone += on;
      }
    }
  }
  if (childCount === 0) {
    throw new RangeError(
      `Cannot ${TASK}: at least 1 sample must have a child active but 0 of ${codes.rows} have`,
    );
  }
  const parentActiveWhenChild = activeWithChild / childCount;
  return {
    childCount,
    parentActiveWhenChild,
    absorption: 1 - parentActiveWhenChild,
    parentActiveAlone: activeAlone / aloneCount,
  };
}

function sparse(codes: SparseCodes | DenseActivations): SparseCodes {
  if ("activations" in codes) {
    return codesFromDense(codes.rows, codes.latentCount, codes.activations);
  }
  checkCodes(codes, TASK);
  return codes;
}

function check(codes: SparseCodes, { features, latents, parents }: AbsorptionOptions): void {
  const subject = `Cannot ${TASK}`;
  const F = latents.length;
  if (features.length !== codes.rows * F) {
    throw new RangeError(
      `${subject}: ${codes.rows} rows of ${F} features need ${
        codes.rows * F
      } values but there are ` +
        `${features.length}`,
    );
  }
  for (let f = 0; f < F; f++) {
    if (!Number.isInteger(latents[f]) || latents[f] < -1 || latents[f] >= codes.latentCount) {
      throw new RangeError(
        `${subject}: the latent of feature ${f} must be in −1 … ${codes.latentCount - 1} but is ` +
          `${latents[f]}`,
      );
    }
  }
  for (const feature of parents.flatMap(({ parent, children }) => [parent, ...children])) {
    if (!Number.isInteger(feature) || feature < 0 || feature >= F) {
      throw new RangeError(`${subject}: a feature must be in 0 … ${F - 1} but is ${feature}`);
    }
  }
}
