import { batchTopk } from "../../../kernels/batch_topk.ts";
import type { KernelCases } from "../launch.ts";
import { selections } from "../selections.ts";

/** Cases of `batchTopk`: nothing is computed, so nothing may be off. */
export const batchTopkCases: KernelCases<typeof batchTopk> = {
  kernel: batchTopk,
  launches: selections,
  tolerance: () => ({}),
};
