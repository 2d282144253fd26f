import type { activeCodes as kernel } from "../../active_codes.ts";
import type { Plan } from "../launch.ts";

/** Counts what stays of each row, turns the counts into offsets, and moves the entries there. */
export const activeCodes: Plan<typeof kernel> = (operands, { B }, { rectified }, planner) => {
  const { activeOffsets, activeIndices, activeValues, ...codes } = operands;
  planner.dispatch({
    shader: "active_codes_count",
    options: { RECTIFIED: rectified },
    sizes: { rows: B },
    buffers: { ...codes, activeOffsets },
    groups: B,
  });
  planner.dispatch({
    shader: "scan",
    sizes: { first: 0, count: B },
    buffers: { offsets: activeOffsets },
    groups: 1,
  });
  planner.dispatch({
    shader: "active_codes",
    options: { RECTIFIED: rectified },
    sizes: { rows: B },
    buffers: { ...codes, activeOffsets, activeIndices, activeValues },
    groups: B,
  });
};
