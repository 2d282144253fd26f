import type { latentHistory as kernel } from "../../latent_history.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elementwise. */
export const latentHistory: Plan<typeof kernel> = (buffers, { N }, { rows, decay }, planner) => {
  planner.dispatch({
    shader: "latent_history",
    sizes: { count: N, rows, decay, rest: 1 - decay },
    buffers,
    groups: groupsOf(N),
  });
};
