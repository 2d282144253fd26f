import type { divideByVariance as kernel } from "../../divide_by_variance.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise. */
export const divideByVariance: Plan<typeof kernel> = (buffers, { P }, _, planner) => {
  planner.dispatch({
    shader: "divide_by_variance",
    sizes: { count: P },
    buffers,
    groups: groupsOf(P),
  });
};
