import type { extendNorm as kernel } from "../../extend_norm.ts";
import { normOf } from "./global_norm.ts";
import type { Plan } from "../launch.ts";

/** The norm so far is one more number whose square counts. */
export const extendNorm: Plan<typeof kernel> = ({ gradient, norm }, _dims, _, planner) => {
  normOf(planner, [gradient, norm], norm);
};
