import type { firedRows as kernel } from "../../fired_rows.ts";
import { groupsOf, partsOf, type Plan } from "../launch.ts";

/** A workgroup for every 64 latents, and a dispatch for each part of the batch. */
export const firedRows: Plan<typeof kernel> = (buffers, { B, N }, { above }, planner) => {
  for (const { from, to, values } of partsOf(buffers.activations, B, N, planner)) {
    planner.dispatch({
      shader: "fired_rows",
      options: { ADDS: from > 0 },
      sizes: { rows: to - from, N, above: atMost(above) },
      buffers: { ...buffers, activations: values },
      groups: [groupsOf(N, 64), 1],
    });
  }
};

/** Returns the largest float32 that is not above `bound`: the float32 values above either are the same. */
export function atMost(bound: number): number {
  const nearest = new Float32Array([bound]);
  if (nearest[0] <= bound) return nearest[0];
  // The bits of positive numbers ascend with them, those of negative numbers descend.
  new Int32Array(nearest.buffer)[0] += nearest[0] > 0 ? -1 : 1;
  return nearest[0];
}
