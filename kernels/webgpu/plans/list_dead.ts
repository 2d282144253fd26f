import type { listDead as kernel } from "../../list_dead.ts";
import type { Plan } from "../launch.ts";

/** One workgroup. */
export const listDead: Plan<typeof kernel> = (buffers, { N, P }, { after, level }, planner) => {
  planner.dispatch({
    shader: "list_dead",
    sizes: { N, P, after, level: level < 0 ? P : level },
    buffers,
    groups: 1,
  });
};
