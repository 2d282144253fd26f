import type { sparseLatentSums as kernel } from "../../sparse_latent_sums.ts";
import { PENALTY_CODES } from "../codes.ts";
import type { Plan } from "../launch.ts";
import { penaltyOffset } from "./penalty.ts";

/** One workgroup per latent. */
export const sparseLatentSums: Plan<typeof kernel> = (buffers, { N }, constants, planner) => {
  const { penalty, epsilon, rows } = constants;
  planner.dispatch({
    shader: "sparse_latent_sums",
    options: { PENALTY: PENALTY_CODES[penalty] },
    sizes: { N, rows, epsilon, offset: penaltyOffset(constants) },
    buffers,
    groups: N,
  });
};
