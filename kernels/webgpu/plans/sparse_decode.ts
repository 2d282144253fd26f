import type { sparseDecode as kernel } from "../../sparse_decode.ts";
import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";
import { featuresOf } from "./tiles.ts";

/** One workgroup per row, and a dispatch for each slice of the decoder. */
export const sparseDecode: Plan<typeof kernel> = (operands, { B, d, N }, { prefix }, planner) => {
  const { decoder, ...others } = operands;
  const features = featuresOf(d);
  const columns = d / features.WIDTH;
  const LANES = Math.min(256, 32 * groupsOf(columns, 32));
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    // The first slice is needed even by an empty prefix: it writes the bias.
    if (from > 0 && from >= prefix) return;
    planner.dispatch({
      shader: "sparse_decode",
      options: { ...features, LANES },
      sizes: { B, columns, first: from, end: Math.min(to, prefix) },
      buffers: { ...others, decoder: rowsOf(decoder, from, to, d) },
      groups: B,
    });
  }
};
