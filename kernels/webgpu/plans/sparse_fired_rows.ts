import type { sparseFiredRows as kernel } from "../../sparse_fired_rows.ts";
import type { Plan } from "../launch.ts";
import { atMost } from "./fired_rows.ts";

/** One workgroup per latent. */
export const sparseFiredRows: Plan<typeof kernel> = (buffers, { N }, { above }, planner) => {
  planner.dispatch({
    shader: "sparse_fired_rows",
    sizes: { N, above: atMost(above) },
    buffers,
    groups: N,
  });
};
