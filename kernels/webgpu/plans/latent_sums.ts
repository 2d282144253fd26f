import type { latentSums as kernel } from "../../latent_sums.ts";
import { groupsOf, partsOf, type Plan } from "../launch.ts";
import { penaltyOffset, penaltyOptions } from "./penalty.ts";

/** A workgroup for every 64 latents, and a dispatch for each part of the batch. */
export const latentSums: Plan<typeof kernel> = (buffers, { B, N }, constants, planner) => {
  for (const { from, to, values } of partsOf(buffers.activations, B, N, planner)) {
    planner.dispatch({
      shader: "latent_sums",
      options: { ...penaltyOptions(constants), ADDS: from > 0 },
      sizes: { rows: to - from, N, epsilon: constants.epsilon, offset: penaltyOffset(constants) },
      buffers: { ...buffers, activations: values },
      groups: [groupsOf(N, 64), 1],
    });
  }
};
