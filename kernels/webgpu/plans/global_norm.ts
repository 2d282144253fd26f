import type { globalNorm as kernel } from "../../global_norm.ts";
import type { Tensor } from "../../kernel.ts";
import { elementCount } from "../../shapes.ts";
import { groupsOf, type Plan, type Planner, rowSlices, rowsOf, type Slice } from "../launch.ts";

/** Elements for each workgroup of `square_sums`. */
const EACH = 4096;
/** Arrays that `square_sums` binds. */
const MOST = 4;
/** The bits of NaN, for which WGSL has no literal. */
const NOT_A_NUMBER = 0x7fc00000;

/** Partial sums of squares of all gradients, then their sum in one workgroup. */
export const globalNorm: Plan<typeof kernel> = ({ norm, ...gradients }, _dims, _, planner) => {
  normOf(planner, Object.values(gradients), norm);
};

/** Computes the norm of all numbers of some tensors together. `norm` may be one of these. */
export function normOf(planner: Planner, tensors: readonly Tensor[], norm: Tensor): void {
  const slices = tensors.flatMap((tensor) =>
    [...rowSlices(elementCount(tensor.shape), 4, planner)].map(({ from, to }) =>
      rowsOf(tensor, from, to, 1)
    )
  );
  const countOf = ({ from, to }: Slice) => to - from;
  const groupsIn = (some: readonly Slice[]) =>
    some.reduce((sum, slice) => sum + groupsOf(countOf(slice), EACH), 0);
  const count = groupsIn(slices);
  const partials = planner.scratch(count);
  for (let n = 0; n < slices.length; n += MOST) {
    const some = slices.slice(n, n + MOST);
    // Arrays that are not there have no workgroups, and any binding.
    const [a, b = a, c = a, d = a] = some;
    const [countA, countB = 0, countC = 0, countD = 0] = some.map(countOf);
    const groups = groupsIn(some);
    planner.dispatch({
      shader: "square_sums",
      sizes: {
        first: groupsIn(slices.slice(0, n)),
        groups,
        notANumber: NOT_A_NUMBER,
        ...{ countA, countB, countC, countD },
      },
      buffers: { a, b, c, d, partials },
      groups,
    });
  }
  planner.dispatch({
    shader: "global_norm",
    sizes: { count, notANumber: NOT_A_NUMBER },
    buffers: { partials, norm },
    groups: 1,
  });
}
