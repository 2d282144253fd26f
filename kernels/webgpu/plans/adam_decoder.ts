import type { adamDecoder as kernel } from "../../adam_decoder.ts";
import { type Plan, rowSlices } from "../launch.ts";
import { settingsOf, sliceOf } from "./adam.ts";

/** One workgroup per row, slice by slice. */
export const adamDecoder: Plan<typeof kernel> = (
  { norms, ...operands },
  { N, d },
  constants,
  planner,
) => {
  const { options, sizes } = settingsOf(constants);
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    planner.dispatch({
      shader: "adam_rows",
      options,
      sizes: { rows: to - from, d, first: from, ...sizes },
      buffers: { ...sliceOf(operands, from, to, d), norms },
      groups: to - from,
    });
  }
};
