import { batchTopk } from "../../../kernels/batch_topk.ts";
import type { KernelCases } from "../launch.ts";
import { selections } from "../selections.ts";

/** Cases of `batchTopk`: values are only kept or cleared, so all must be equal. */
export const batchTopkCases: KernelCases<typeof batchTopk> = {
  kernel: batchTopk,
  launches: selections,
  tolerance: () => ({}),
};
