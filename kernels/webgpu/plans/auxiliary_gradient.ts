import type { auxiliaryGradient as kernel } from "../../auxiliary_gradient.ts";
import { WHEN_CODES } from "../codes.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Elements for each workgroup of `auxiliary_gradient`. */
const EACH = 4096;

/** Elementwise with partial sums of squares, then their sum in one workgroup. */
export const auxiliaryGradient: Plan<typeof kernel> = (operands, { B, d }, constants, planner) => {
  const { reconstruction, residual, terms, ...known } = operands;
  const { scale, full, normalized: NORMALIZED, when, term, first: FIRST } = constants;
  const WHEN = WHEN_CODES[when];
  const groups = groupsOf(B * d, EACH);
  const partials = planner.scratch(groups);
  planner.dispatch({
    shader: "auxiliary_gradient",
    options: { WHEN, NORMALIZED },
    sizes: { count: B * d, groups, B, scale, full },
    buffers: { ...known, residual, reconstruction, partials },
    groups,
  });
  planner.dispatch({
    shader: "auxiliary_loss",
    options: { WHEN, NORMALIZED, FIRST },
    sizes: { count: groups, term, B, scale, full },
    buffers: { ...known, partials, terms },
    groups: 1,
  });
};
