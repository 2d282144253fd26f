import type { batchTopk as kernel } from "../../batch_topk.ts";
import { groupsOf, type Part, partsOf, type Plan, type Planner } from "../launch.ts";

/** Elements for each workgroup of the histogram. */
const EACH = 4096;

/** Four histograms over the batch find the ⌊kB⌋-th largest; then one workgroup per row. */
export const batchTopk: Plan<typeof kernel> = ({ activations }, { B, N }, { k }, planner) => {
  keepLargestOfBatch(planner, partsOf(activations, B, N, planner), N, k);
};

/** Keeps the ⌊kB⌋ largest activations of all parts of [B, N]. */
export function keepLargestOfBatch(
  planner: Planner,
  parts: readonly Part[],
  N: number,
  k: number,
): void {
  const B = parts[parts.length - 1].to;
  const wanted = Math.floor(k * B);
  if (wanted >= B * N) return;
  if (wanted === 0) {
    for (const { from, to, values: words } of parts) {
      const count = (to - from) * N;
      planner.dispatch({
        shader: "clear",
        sizes: { count },
        buffers: { words },
        groups: groupsOf(count),
      });
    }
    return;
  }
  const selection = planner.scratch(4);
  const histogram = planner.scratch(256);
  const tieOffsets = planner.scratch(B + 1);
  planner.dispatch({
    shader: "batch_topk_digit",
    options: { BEGINS: true },
    sizes: { wanted, shift: 0 },
    buffers: { selection, histogram },
    groups: 1,
  });
  for (const shift of [24, 16, 8, 0]) {
    for (const { from, to, values: activations } of parts) {
      const count = (to - from) * N;
      planner.dispatch({
        shader: "batch_topk_histogram",
        sizes: { count, shift },
        buffers: { activations, selection, batchHistogram: histogram },
        groups: groupsOf(count, EACH),
      });
    }
    planner.dispatch({
      shader: "batch_topk_digit",
      sizes: { wanted, shift },
      buffers: { selection, histogram },
      groups: 1,
    });
  }
  const ofRows = (shader: "batch_topk_ties" | "batch_topk") => {
    for (const { from, to, values: activations } of parts) {
      planner.dispatch({
        shader,
        sizes: { rows: to - from, N, firstRow: from },
        buffers: { activations, selection, tieOffsets },
        groups: to - from,
      });
    }
  };
  ofRows("batch_topk_ties");
  planner.dispatch({
    shader: "scan",
    sizes: { first: 0, count: B },
    buffers: { offsets: tieOffsets },
    groups: 1,
  });
  ofRows("batch_topk");
}
