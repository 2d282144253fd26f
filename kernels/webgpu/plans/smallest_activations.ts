import type { smallestActivations as kernel } from "../../smallest_activations.ts";
import { partsOf, type Plan } from "../launch.ts";

/** One workgroup per row, and a dispatch for each part of the batch. */
export const smallestActivations: Plan<typeof kernel> = (operands, { B, N }, _, planner) => {
  const { minima } = operands;
  for (const { from, to, values } of partsOf(operands.activations, B, N, planner)) {
    planner.dispatch({
      shader: "smallest_activations",
      sizes: { rows: to - from, N, firstRow: from },
      buffers: { activations: values, minima },
      groups: to - from,
    });
  }
};
