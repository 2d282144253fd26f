import { topk } from "../../../kernels/topk.ts";
import type { KernelCases } from "../launch.ts";
import { selections } from "../selections.ts";

/** Cases of `topk`: values are only kept or cleared, so all must be equal. */
export const topkCases: KernelCases<typeof topk> = {
  kernel: topk,
  launches: selections,
  tolerance: () => ({}),
};
