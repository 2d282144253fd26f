import type { Tensor } from "../../kernel.ts";
import type { rowNorms as kernel } from "../../row_norms.ts";
import { type Bindable, type Plan, type Planner, rowSlices, rowsOf } from "../launch.ts";

/** One workgroup per row, slice by slice. */
export const rowNorms: Plan<typeof kernel> = ({ decoder, norms }, { N, d }, _, planner) => {
  normsOfRows(planner, decoder, norms, N, d);
};

/** Computes the norms of the rows of any [rows, d]. */
export function normsOfRows(
  planner: Planner,
  values: Tensor,
  norms: Bindable,
  rows: number,
  d: number,
): void {
  for (const { from, to } of rowSlices(rows, 4 * d, planner)) {
    planner.dispatch({
      shader: "row_norms",
      sizes: { rows: to - from, d, first: from },
      buffers: { decoder: rowsOf(values, from, to, d), norms },
      groups: to - from,
    });
  }
}
