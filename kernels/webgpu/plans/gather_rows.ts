import type { gatherRows as kernel } from "../../gather_rows.ts";
import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";

/** Elementwise; each slice of the target takes its rows from every slice of the source. */
export const gatherRows: Plan<typeof kernel> = (
  { source, order, target },
  { N, d },
  _,
  planner,
) => {
  for (const to of rowSlices(N, 4 * d, planner)) {
    for (const from of rowSlices(N, 4 * d, planner)) {
      const count = (to.to - to.from) * d;
      planner.dispatch({
        shader: "gather_rows",
        sizes: {
          count,
          d,
          firstRow: to.from,
          firstSource: from.from,
          sourceRows: from.to - from.from,
        },
        buffers: {
          source: rowsOf(source, from.from, from.to, d),
          order,
          destination: rowsOf(target, to.from, to.to, d),
        },
        groups: groupsOf(count),
      });
    }
  }
};
