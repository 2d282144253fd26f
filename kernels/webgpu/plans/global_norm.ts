import type { globalNorm as kernel } from "../../global_norm.ts";
import { elementCount } from "../../shapes.ts";
import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";

/** Elements for each workgroup of `square_sums`. */
const EACH = 4096;
/** The bits of NaN, for which WGSL has no literal. */
const NOT_A_NUMBER = 0x7fc00000;

/** Partial sums of squares of all gradients, then their sum in one workgroup. */
export const globalNorm: Plan<typeof kernel> = ({ norm, ...gradients }, _dims, _, planner) => {
  const slices = Object.values(gradients).flatMap((gradient) =>
    [...rowSlices(elementCount(gradient.shape), 4, planner)].map(({ from, to }) => {
      return { values: rowsOf(gradient, from, to, 1), count: to - from };
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
};
