import { type Plan, rowSlices, rowsOf } from "../launch.ts";
import type { normalizeRows as kernel } from "../../normalize_rows.ts";

/** One workgroup per row, slice by slice. */
export const normalizeRows: Plan<typeof kernel> = ({ rows, norms }, { N, d }, _, planner) => {
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    planner.dispatch({
      shader: "normalize_rows",
      sizes: { rows: to - from, d, first: from },
      buffers: { values: rowsOf(rows, from, to, d), norms },
      groups: to - from,
    });
  }
};
