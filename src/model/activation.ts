/**
 * Activations: what follows the encoder's product.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import {
  checkFinite,
  checkFloats,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
} from "../base/checks.ts";
import { checkKeys, type KeyOfAny } from "../base/known_keys.ts";

/**
 * The function applied to x Eᵀ + b. "topk" keeps the k largest values of each row, "batchtopk" the ⌊k·B⌋ largest of
 * the batch (both after relu; ties go to the lower index), and "jumprelu" those that exceed max(threshold_i, 0).
 * The thresholds θ of jumprelu get no gradient, unless a trainer is given `thresholdTraining`.
 */
export type Activation =
  | { readonly kind: "relu" }
  | { readonly kind: "identity" }
  | { readonly kind: "topk"; readonly k: number }
  | { readonly kind: "batchtopk"; readonly k: number }
  | { readonly kind: "jumprelu"; readonly threshold: Float32Array };

/** An activation as kernels take it, checked. */
export interface ResolvedActivation {
  readonly selection: Selection;
  /** Latents kept per row; 0 where the activation does not limit their number. */
  readonly k: number;
  /** θ of jumprelu. */
  readonly threshold?: Float32Array;
}

/** The keys of all kinds of activation. A key that another kind has is accepted, and ignored. */
const KEYS = /* @__PURE__ */ Object.keys(
  { kind: true, k: true, threshold: true } satisfies Record<KeyOfAny<Activation>, true>,
);

const KINDS: readonly Selection[] = ["relu", "identity", "topk", "batchtopk", "jumprelu"];

/**
 * Checks an activation against the number of latents and returns it as kernels take it.
 *
 * @throws {RangeError | TypeError} if its kind or a key is unknown, or a value is missing or out of its range.
 */
export function resolveActivation(
  activation: Activation,
  latentCount: number,
  task: string,
): ResolvedActivation {
  checkObject(activation, "activation", task, 'an object like {kind: "relu"}');
  const { kind } = activation;
  checkOneOf(kind, KINDS, "activation.kind", task);
  checkKeys(activation, KEYS, task, "activation");
  if (kind === "topk" || kind === "batchtopk") {
    if (kind === "topk") checkInteger(activation.k, "k", task);
    else checkNumber(activation.k, "k", task, { least: 1 });
    if (activation.k > latentCount) {
      throw new RangeError(`Cannot ${task}: k ${activation.k} exceeds latentCount ${latentCount}`);
    }
    return { selection: kind, k: activation.k };
  }
  if (kind !== "jumprelu") return { selection: kind, k: 0 };
  const { threshold } = activation;
  checkFloats(threshold, "threshold", task);
  if (threshold.length !== latentCount) {
    throw new RangeError(
      `Cannot ${task}: threshold has ${threshold.length} elements but latentCount is ${latentCount}`,
    );
  }
  checkFinite(threshold, "threshold", task);
  return { selection: kind, k: 0, threshold };
}

/** Returns whether an activation selects latents, and so needs no penalty to be sparse. */
export function isSelective(selection: Selection): boolean {
  return selection === "topk" || selection === "batchtopk" || selection === "jumprelu";
}
