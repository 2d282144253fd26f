import type { globalNorm as kernel } from "../../global_norm.ts";
import type { Tensor } from "../../kernel.ts";
import { elementCount } from "../../shapes.ts";
import { groupsOf, type Plan, type Planner, rowSlices, rowsOf } from "../launch.ts";

/** Elements for each workgroup of `square_sums`. */
const EACH = 4096;
/** The bits of NaN, for which WGSL has no literal. */
const NOT_A_NUMBER = 0x7fc00000;

/** Partial sums of squares of all gradients, then their sum in one workgroup. */
export const globalNorm: Plan<typeof kernel> = ({ norm, ...gradients }, _dims, _, planner) => {
  normOf(planner, Object.values(gradients), norm);
};

/** Computes the norm of all numbers of some tensors together. `norm` may be one of these. */
export function normOf(planner: Planner, tensors: readonly Tensor[], norm: Tensor): void {
  const slices = tensors.flatMap((tensor) =>
    [...rowSlices(elementCount(tensor.shape), 4, planner)].map(({ from, to }) => {
      return { values: rowsOf(tensor, from, to, 1), count: to - from };
    })
  );
  const count = slices.reduce((sum, slice) => sum + groupsOf(slice.count, EACH), 0);
  const partials = planner.scratch(count);
  let first = 0;
  for (const { values, count } of slices) {
    const groups = groupsOf(count, EACH);
    planner.dispatch({
      shader: "square_sums",
      sizes: { count, first, groups, notANumber: NOT_A_NUMBER },
      buffers: { values, partials },
      groups,
    });
    first += groups;
  }
  planner.dispatch({
    shader: "global_norm",
    sizes: { count, notANumber: NOT_A_NUMBER },
    buffers: { partials, norm },
    groups: 1,
  });
}
