import type { sparseSmallestActivations as kernel } from "../../sparse_smallest_activations.ts";
import type { Plan } from "../launch.ts";

/** One workgroup per row. */
export const sparseSmallestActivations: Plan<typeof kernel> = (buffers, { B }, _, planner) => {
  planner.dispatch({
    shader: "sparse_smallest_activations",
    sizes: { B },
    buffers,
    groups: B,
  });
};
