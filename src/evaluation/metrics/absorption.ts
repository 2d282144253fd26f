/**
 * Measures feature absorption: the latent of a parent is inactive because the latent of a child stands for both.
 *
 * @module
 */

import { checkArray, checkObject } from "../../base/checks.ts";
import { checkCodes, codesFromDense, type SparseCodes } from "../../model/codes.ts";
import type { ToyTreeParent } from "../../data/toy_tree.ts";

const TASK = "measure absorption";

/** Dense activations and their shape. */
export interface DenseActivations {
  /** The number of rows, B. */
  readonly rows: number;
  /** The number of latents, N. */
  readonly latentCount: number;
  /** The activations, [B, N]. */
  readonly activations: Float32Array;
}

/** The samples on which to measure absorption, and how the autoencoder encodes them. */
export interface AbsorptionOptions {
  /** The codes of the samples. */
  readonly codes: SparseCodes | DenseActivations;
  /** 1 where a known feature is active, otherwise 0: [B, F], as from `ToyTree.sample`. */
  readonly features: Uint8Array;
  /** The latent of each feature, or −1 if it has none: [F]. */
  readonly latents: ArrayLike<number>;
  /** The parents and their children, as in `ToyTree.parents`. */
  readonly parents: readonly ToyTreeParent[];
}

/** The result of {@linkcode measureAbsorption}. */
export interface Absorption {
  /** The number of pairs of a row and a parent that has an active child. */
  readonly childCount: number;
  /** The share of these in which the latent of the parent is active: near 1 without absorption, near 0 with it. */
  readonly parentActiveWhenChild: number;
  /** 1 − parentActiveWhenChild. */
  readonly absorption: number;
  /**
   * The share of pairs with the parent but no child in which the latent of the parent is active; NaN without such
   * pairs. It distinguishes absorption (near 1) from a latent that does not represent the parent (near 0).
   */
  readonly parentActiveAlone: number;
}

/**
 * Measures how often the latent of a parent is active when the parent is, with and without a child.
 *
 * A latent is active if its value is not 0. All pairs of a row and a parent are pooled.
 *
 * @param options The samples and their codes.
 * @throws {RangeError} if shapes disagree, a latent is out of range, or no sample has a child active
 * @throws {TypeError} if an option has the wrong type
 *
 * @example
 * ```ts
 * import { measureAbsorption } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * // Feature 0 is the parent of feature 1; latent 0 is inactive when latent 1 is active.
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
  let childCount = 0;
  let activeWithChild = 0;
  let aloneCount = 0;
  let activeAlone = 0;
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
      `Cannot ${TASK}: at least 1 sample must have an active child but 0 of ${codes.rows} have one`,
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
  const expected = codes.rows * F;
  if (features.length !== expected) {
    throw new RangeError(
      `${subject}: ${codes.rows} rows of ${F} features need ${expected} values ` +
        `but there are ${features.length}`,
    );
  }
  for (let f = 0; f < F; f++) {
    if (!Number.isInteger(latents[f]) || latents[f] < -1 || latents[f] >= codes.latentCount) {
      throw new RangeError(
        `${subject}: the latent of feature ${f} must be from −1 to ${
          codes.latentCount - 1
        } but is ` +
          `${latents[f]}`,
      );
    }
  }
  for (const feature of parents.flatMap(({ parent, children }) => [parent, ...children])) {
    if (!Number.isInteger(feature) || feature < 0 || feature >= F) {
      throw new RangeError(`${subject}: a feature must be from 0 to ${F - 1} but is ${feature}`);
    }
  }
}
