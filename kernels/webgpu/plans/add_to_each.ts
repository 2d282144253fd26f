import type { addToEach as kernel } from "../../add_to_each.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise over rows and features. */
export const addToEach: Plan<typeof kernel> = (buffers, { P, B, d }, { scale }, planner) => {
  planner.dispatch({
    shader: "add_to_each",
    sizes: { count: B * d, P, scale },
    buffers,
    groups: groupsOf(B * d),
  });
};
