import type { expandFloat16 as kernel } from "../../expand_float16.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** One thread per word of two values. */
export const expandFloat16: Plan<typeof kernel> = (buffers, { B, d }, _, planner) => {
  planner.dispatch({
    shader: "expand_float16",
    sizes: { count: B * d },
    buffers,
    groups: groupsOf(Math.ceil(B * d / 2)),
  });
};
