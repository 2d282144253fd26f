import type { jumpThresholds as kernel } from "../../jump_thresholds.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise. */
export const jumpThresholds: Plan<typeof kernel> = (buffers, { N }, constants, planner) => {
  planner.dispatch({
    shader: "jump_thresholds",
    options: { LOGARITHM: constants.logarithm },
    sizes: { count: N, half: constants.bandwidth / 2 },
    buffers,
    groups: groupsOf(N),
  });
};
