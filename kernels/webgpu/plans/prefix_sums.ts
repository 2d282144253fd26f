import type { prefixSums as kernel } from "../../prefix_sums.ts";
import type { Plan } from "../launch.ts";

/** One workgroup per prefix. */
export const prefixSums: Plan<typeof kernel> = (buffers, { P }, { rows }, planner) => {
  planner.dispatch({ shader: "prefix_sums", sizes: { P, rows }, buffers, groups: P });
};
