import type { codesByLatent as kernel } from "../../codes_by_latent.ts";
import { type Bindable, groupsOf, type Plan } from "../launch.ts";

/** Counts, offsets, places in any order, then the order within each latent. */
export const codesByLatent: Plan<typeof kernel> = (operands, { B, N, K }, _, planner) => {
  const { rowOffsets, indices, values, latentOffsets, latentRows, latentValues } = operands;
  const cursors = planner.scratch(N);
  const placedRows = planner.scratch(K);
  const placedValues = planner.scratch(K);
  const clear = (words: Bindable, count: number) =>
    planner.dispatch({
      shader: "clear",
      sizes: { count },
      buffers: { words },
      groups: groupsOf(count),
    });
  clear(latentOffsets, N + 1);
  clear(cursors, N);
  planner.dispatch({
    shader: "codes_by_latent_count",
    sizes: { count: K, B },
    buffers: { rowOffsets, indices, latentOffsets },
    groups: groupsOf(K),
  });
  planner.dispatch({
    shader: "scan",
    sizes: { first: 0, count: N },
    buffers: { offsets: latentOffsets },
    groups: 1,
  });
  planner.dispatch({
    shader: "codes_by_latent_place",
    sizes: { B, K },
    buffers: { rowOffsets, indices, values, latentOffsets, cursors, placedRows, placedValues },
    groups: B,
  });
  planner.dispatch({
    shader: "codes_by_latent",
    sizes: { N, B },
    buffers: { latentOffsets, placedRows, placedValues, latentRows, latentValues },
    groups: N,
  });
};
