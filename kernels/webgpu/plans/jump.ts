import type { jump as kernel } from "../../jump.ts";
import { groupsOf, partsOf, type Plan } from "../launch.ts";

/** Elementwise, in parts of the batch that fit in bindings. */
export const jump: Plan<typeof kernel> = (operands, { B, N }, { rectified }, planner) => {
  const { threshold } = operands;
  const activations = partsOf(operands.activations, B, N, planner);
  const parts = partsOf(operands.preActivations, B, N, planner);
  for (const [n, { from, to, values }] of parts.entries()) {
    const count = (to - from) * N;
    planner.dispatch({
      shader: "jump",
      options: { RECTIFIED: rectified },
      sizes: { count, N },
      buffers: { preActivations: values, threshold, activations: activations[n].values },
      groups: groupsOf(count),
    });
  }
};
