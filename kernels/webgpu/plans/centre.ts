import type { centre as kernel } from "../../centre.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise. */
export const centre: Plan<typeof kernel> = (buffers, { B, d }, _, planner) => {
  planner.dispatch({
    shader: "centre",
    sizes: { count: B * d, d },
    buffers,
    groups: groupsOf(B * d),
  });
};
