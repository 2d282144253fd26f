import type { levelResidual as kernel } from "../../level_residual.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise over rows and features. */
export const levelResidual: Plan<typeof kernel> = (buffers, { P, B, d }, constants, planner) => {
  planner.dispatch({
    shader: "level_residual",
    sizes: { count: B * d, P, ...constants },
    buffers,
    groups: groupsOf(B * d),
  });
};
