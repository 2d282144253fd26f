import type { runningThreshold as kernel } from "../../running_threshold.ts";
import { START_CODES } from "../codes.ts";
import type { Plan } from "../launch.ts";

/** One workgroup. */
export const runningThreshold: Plan<typeof kernel> = (buffers, { B }, constants, planner) => {
  const { smallestOf, start } = constants;
  planner.dispatch({
    shader: "running_threshold",
    options: { MEAN: smallestOf === "rows", START: START_CODES[start] },
    sizes: { B },
    buffers,
    groups: 1,
  });
};
