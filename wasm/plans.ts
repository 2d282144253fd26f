/**
 * A plan for every kernel.
 *
 * @module
 */
import type { Plans } from "./launch.ts";
import { densePlans } from "./plans/dense.ts";
import { sparsePlans } from "./plans/sparse.ts";
import { sharedPlans } from "./plans/shared.ts";

/** How each kernel is launched. */
export const plans: Plans = { ...sharedPlans, ...densePlans, ...sparsePlans };
