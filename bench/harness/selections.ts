/** Problems for each way of selecting active latents. */

import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Activation } from "../../src/model/activation.ts";
import { makeProblem, type Problem, type Shape } from "./problem.ts";

/** A problem with the selection that is to solve it. */
export interface SparseProblem extends Problem {
  readonly selection: Selection;
  /** Latents that the top-k selections keep per row; 0 for the others. */
  readonly k: number;
  /** θ of jumprelu, zeros otherwise. */
  readonly threshold: Float32Array;
}

/** The selections that benches take. */
export const SELECTIONS = ["relu", "jumprelu", "topk", "batchtopk"] as const;
/** One of them. */
export type BenchSelection = (typeof SELECTIONS)[number];

/**
 * Makes a problem in which about `density` of the latents are active: by their bias with relu, by thresholds of that
 * size with jumprelu, and by k with the others.
 */
export function makeSparseProblem(
  shape: Shape,
  density: number,
  selection: BenchSelection,
): SparseProblem {
  const problem = makeProblem(shape, density);
  const { parameters } = problem;
  const threshold = new Float32Array(shape.N);
  const k = selection.endsWith("topk") ? Math.max(1, Math.round(density * shape.N)) : 0;
  if (selection === "relu") return { ...problem, selection, k, threshold };
  if (selection === "jumprelu") threshold.set(parameters.encoderBias.map((bias) => -bias));
  const encoderBias = new Float32Array(shape.N);
  return { ...problem, parameters: { ...parameters, encoderBias }, selection, k, threshold };
}

/** Returns the activation of a problem, as an option of the package. */
export function activationOf({ selection, k, threshold }: SparseProblem): Activation {
  if (selection === "topk" || selection === "batchtopk") return { kind: selection, k };
  return selection === "jumprelu" ? { kind: selection, threshold } : { kind: "relu" };
}
