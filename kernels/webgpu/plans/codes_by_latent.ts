import type { codesByLatent as kernel } from "../../codes_by_latent.ts";
import { groupsOf, type Plan } from "../launch.ts";

/** Counts, offsets, places in any order, which move the offsets on, then the order within each latent. */
export const codesByLatent: Plan<typeof kernel> = (operands, { B, N, K }, _, planner) => {
  const { rowOffsets, indices, values, latentOffsets, latentRows, latentValues } = operands;
  const placedRows = planner.scratch(K);
  const placedValues = planner.scratch(K);
  planner.dispatch({
    shader: "clear",
    sizes: { count: N + 1 },
    buffers: { words: latentOffsets },
    groups: groupsOf(N + 1),
  });
  planner.dispatch({
    shader: "codes_by_latent_count",
    sizes: { count: K, B },
    buffers: { rowOffsets, indices, latentOffsets },
    groups: groupsOf(K),
  });
  planner.dispatch({
    shader: "scan",
    options: { SHIFTED: true },
    sizes: { first: 0, count: N },
    buffers: { offsets: latentOffsets },
    groups: 1,
  });
  planner.dispatch({
    shader: "codes_by_latent_place",
    sizes: { B, K },
    buffers: { rowOffsets, indices, values, latentOffsets, placedRows, placedValues },
    groups: B,
  });
  planner.dispatch({
    shader: "codes_by_latent",
    sizes: { N, B },
    buffers: { latentOffsets, placedRows, placedValues, latentRows, latentValues },
    groups: N,
  });
};
