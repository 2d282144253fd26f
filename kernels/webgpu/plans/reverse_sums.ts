import type { reverseSums as kernel } from "../../reverse_sums.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise over rows and features. */
export const reverseSums: Plan<typeof kernel> = (buffers, { P, B, d }, { scale }, planner) => {
  planner.dispatch({
    shader: "reverse_sums",
    sizes: { count: B * d, P, scale },
    buffers,
    groups: groupsOf(B * d),
  });
};
