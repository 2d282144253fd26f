import { topk } from "../../../kernels/topk.ts";
import type { KernelCases } from "../launch.ts";
import { selections } from "../selections.ts";

/** Cases of `topk`: nothing is computed, so nothing may be off. */
export const topkCases: KernelCases<typeof topk> = {
  kernel: topk,
  launches: selections,
  tolerance: () => ({}),
};
