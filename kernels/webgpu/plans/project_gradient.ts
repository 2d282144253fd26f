import { type Plan, rowSlices, rowsOf } from "../launch.ts";
import type { projectGradient as kernel } from "../../project_gradient.ts";

/** One workgroup per row, slice by slice. */
export const projectGradient: Plan<typeof kernel> = (operands, { N, d }, constants, planner) => {
  const { decoder, decoderGradient } = operands;
  const { epsilon, assumeUnit } = constants;
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    planner.dispatch({
      shader: "project_gradient",
      options: { ASSUME_UNIT: assumeUnit },
      sizes: { rows: to - from, d, epsilon },
      buffers: {
        decoder: rowsOf(decoder, from, to, d),
        gradient: rowsOf(decoderGradient, from, to, d),
      },
      groups: to - from,
    });
  }
};
