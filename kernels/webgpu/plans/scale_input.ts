import type { scaleInput as kernel } from "../../scale_input.ts";
import { groupsOf, type Plan } from "../launch.ts";
import { normsOfRows } from "./row_norms.ts";

/** Norms of the rows, then their running mean in one workgroup, then the scaling. */
export const scaleInput: Plan<typeof kernel> = (operands, { B, d }, { decay }, planner) => {
  const { raw, correction, running, scale, input } = operands;
  const norms = planner.scratch(B);
  normsOfRows(planner, raw, norms, B, d);
  planner.dispatch({
    shader: "scale_input_running",
    sizes: { B, d, decay, rest: 1 - decay },
    buffers: { norms, correction, running, scale },
    groups: 1,
  });
  planner.dispatch({
    shader: "scale_input",
    sizes: { count: B * d },
    buffers: { raw, scale, input },
    groups: groupsOf(B * d),
  });
};
