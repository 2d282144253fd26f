import type { sparseLatentSums as kernel } from "../../sparse_latent_sums.ts";
import type { Plan } from "../launch.ts";
import { penaltyOffset, penaltyOptions } from "./penalty.ts";

/** One workgroup per latent. */
export const sparseLatentSums: Plan<typeof kernel> = (buffers, { N }, constants, planner) => {
  const { epsilon, rows } = constants;
  planner.dispatch({
    shader: "sparse_latent_sums",
    options: penaltyOptions(constants),
    sizes: { N, rows, epsilon, offset: penaltyOffset(constants) },
    buffers,
    groups: N,
  });
};
