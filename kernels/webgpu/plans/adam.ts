import type { adam as kernel, AdamConstants } from "../../adam.ts";
import { groupsOf, type Plan, type Planner, rowSlices, rowsOf } from "../launch.ts";

/** Elementwise, in slices that fit in bindings. */
export const adam: Plan<typeof kernel> = (operands, { M }, constants, planner) => {
  updateElements(planner, operands, M, constants);
};

/** Updates a parameter of M elements, whatever its shape. */
export function updateElements(
  planner: Planner,
  operands: Parameters<Plan<typeof kernel>>[0],
  M: number,
  constants: AdamConstants,
): void {
  const { parameter, gradient, firstMoment, secondMoment, norm, controls } = operands;
  const { beta1, beta2, epsilon, maxNorm } = constants;
  const CLIPS = maxNorm < Infinity;
  for (const { from, to } of rowSlices(M, 4, planner)) {
    planner.dispatch({
      shader: "adam",
      options: { CLIPS },
      sizes: {
        count: to - from,
        beta1,
        rest1: 1 - beta1,
        beta2,
        rest2: 1 - beta2,
        epsilon,
        maxNorm: CLIPS ? maxNorm : 0,
      },
      buffers: {
        parameter: rowsOf(parameter, from, to, 1),
        gradient: rowsOf(gradient, from, to, 1),
        firstMoment: rowsOf(firstMoment, from, to, 1),
        secondMoment: rowsOf(secondMoment, from, to, 1),
        norm,
        controls,
      },
      groups: groupsOf(to - from),
    });
  }
}
