import type { topk as kernel } from "../../topk.ts";
import { type Bindable, partsOf, type Plan, type Planner } from "../launch.ts";

/** One workgroup per row. */
export const topk: Plan<typeof kernel> = ({ activations }, { B, N }, { k }, planner) => {
  for (const { from, to, values } of partsOf(activations, B, N, planner)) {
    keepLargestOfRows(planner, values, [to - from, N], k);
  }
};

/** Keeps the k largest of each row of [rows, N]. */
export function keepLargestOfRows(
  planner: Planner,
  activations: Bindable,
  [rows, N]: readonly [number, number],
  k: number,
): void {
  if (k >= N) return;
  planner.dispatch({
    shader: "topk",
    sizes: { rows, N, k },
    buffers: { activations },
    groups: rows,
  });
}
