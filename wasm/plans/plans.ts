/**
 * The plans of all kernels.
 *
 * @module
 */
import type { Plans } from "../launch.ts";
import { densePlans } from "./dense.ts";
import { quantizationPlans } from "./quantization.ts";
import { auxiliaryPlans } from "./recipes_auxiliary.ts";
import { decoderConstraintPlans } from "./recipes_decoder.ts";
import { thresholdPlans } from "./recipes_thresholds.ts";
import { selectionPlans } from "./selection.ts";
import { sharedPlans } from "./shared.ts";
import { sparsePlans } from "./sparse.ts";
import { storedPlans } from "./stored.ts";
import { updatePlans } from "./update.ts";

/** How each kernel is launched. */
export const plans: Plans = /* @__PURE__ */ allPlans();

function allPlans(): Plans {
  return {
    ...sharedPlans,
    ...densePlans,
    ...quantizationPlans,
    ...auxiliaryPlans,
    ...decoderConstraintPlans,
    ...selectionPlans,
    ...sparsePlans,
    ...storedPlans,
    ...thresholdPlans,
    ...updatePlans,
  };
}
