import type { Plan } from "../launch.ts";
import type { targetL0Penalty as kernel } from "../../target_l0_penalty.ts";

/** One workgroup. */
export const targetL0Penalty: Plan<typeof kernel> = (buffers, { N }, constants, planner) => {
  const { targetL0, rows, silentBelowZero } = constants;
  planner.dispatch({
    shader: "target_l0_penalty",
    options: { SILENT_BELOW_ZERO: silentBelowZero },
    sizes: { N, rows, goal: rows * targetL0, targetL0 },
    buffers,
    groups: 1,
  });
};
