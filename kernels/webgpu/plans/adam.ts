import type { adam as kernel, AdamConstants } from "../../adam.ts";
import { groupsOf, type Plan, type Planner, rowSlices, rowsOf } from "../launch.ts";

/** Operands of an update by Adam. */
export type AdamOperands = Parameters<Plan<typeof kernel>>[0];

/** Elementwise, in slices that fit in bindings. */
export const adam: Plan<typeof kernel> = (operands, { M }, constants, planner) => {
  updateElements(planner, operands, M, constants);
};

/** Updates a parameter of M elements, whatever its shape. */
export function updateElements(
  planner: Planner,
  operands: AdamOperands,
  M: number,
  constants: AdamConstants,
): void {
  const { options, sizes } = settingsOf(constants);
  for (const { from, to } of rowSlices(M, 4, planner)) {
    planner.dispatch({
      shader: "adam",
      options,
      sizes: { count: to - from, ...sizes },
      buffers: sliceOf(operands, from, to, 1),
      groups: groupsOf(to - from),
    });
  }
}

/** Returns what the shaders of Adam are given of its constants. */
export function settingsOf({ beta1, beta2, epsilon, maxNorm }: AdamConstants) {
  const CLIPS = maxNorm < Infinity;
  const rests = { rest1: 1 - beta1, rest2: 1 - beta2 };
  const sizes = { beta1, beta2, ...rests, epsilon, maxNorm: CLIPS ? maxNorm : 0 };
  return { options: { CLIPS }, sizes };
}

/** Returns the operands for rows `from` ≤ i < `to` of a parameter [rows, width]. */
export function sliceOf(
  { parameter, gradient, firstMoment, secondMoment, norm, controls }: AdamOperands,
  from: number,
  to: number,
  width: number,
) {
  return {
    parameter: rowsOf(parameter, from, to, width),
    gradient: rowsOf(gradient, from, to, width),
    firstMoment: rowsOf(firstMoment, from, to, width),
    secondMoment: rowsOf(secondMoment, from, to, width),
    norm,
    controls,
  };
}
