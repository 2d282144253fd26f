import type { expandHalves as kernel } from "../../expand_halves.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Word by word. */
export const expandHalves: Plan<typeof kernel> = (buffers, { B, d }, _, planner) => {
  planner.dispatch({
    shader: "expand_halves",
    sizes: { count: B * d },
    buffers,
    groups: groupsOf(Math.ceil(B * d / 2)),
  });
};
