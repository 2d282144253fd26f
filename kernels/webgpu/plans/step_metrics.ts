import type { stepMetrics as kernel } from "../../step_metrics.ts";
import type { Plan } from "../launch.ts";

/** Two dispatches, since one would need eleven buffers and some adapters bind eight. */
export const stepMetrics: Plan<typeof kernel> = (operands, { P, C }, _, planner) => {
  const { l0, totalVariance, norm, slot, ring, ...sums } = operands;
  planner.dispatch({
    shader: "step_metrics",
    sizes: { P, C },
    buffers: { ...sums, slot, ring },
    groups: 1,
  });
  planner.dispatch({
    shader: "step_metrics_rest",
    sizes: { P, C },
    buffers: { l0, totalVariance, norm, slot, ring },
    groups: 1,
  });
};
