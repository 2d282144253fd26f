import type { sparsityController as kernel } from "../../sparsity_controller.ts";
import type { Plan } from "../launch.ts";

/** One thread. */
export const sparsityController: Plan<typeof kernel> = (buffers, { P }, { targetL0 }, planner) => {
  planner.dispatch({ shader: "sparsity_controller", sizes: { P, targetL0 }, buffers, groups: 1 });
};
