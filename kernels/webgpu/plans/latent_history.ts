import type { latentHistory as kernel } from "../../latent_history.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise. */
export const latentHistory: Plan<typeof kernel> = (buffers, { N }, constants, planner) => {
  const { rows, decay, increment, restart } = constants;
  planner.dispatch({
    shader: "latent_history",
    sizes: { count: N, rows, decay, rest: 1 - decay, increment, restart },
    buffers,
    groups: groupsOf(N),
  });
};
