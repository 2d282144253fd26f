import type { addScaled as kernel } from "../../add_scaled.ts";
import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";

/** Elementwise, in slices that fit in bindings. */
export const addScaled: Plan<typeof kernel> = ({ source, factor, target }, { M }, _, planner) => {
  for (const { from, to } of rowSlices(M, 4, planner)) {
    planner.dispatch({
      shader: "add_scaled",
      sizes: { count: to - from },
      buffers: { source: rowsOf(source, from, to, 1), factor, sums: rowsOf(target, from, to, 1) },
      groups: groupsOf(to - from),
    });
  }
};
