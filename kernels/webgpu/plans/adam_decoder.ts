import type { adamDecoder as kernel } from "../../adam_decoder.ts";
import type { Plan } from "../launch.ts";
import { updateElements } from "./adam.ts";
import { normsOfRows } from "./row_norms.ts";

/** Elementwise, and then one workgroup per row. */
export const adamDecoder: Plan<typeof kernel> = (
  { norms, ...operands },
  { N, d },
  constants,
  planner,
) => {
  updateElements(planner, operands, N * d, constants);
  normsOfRows(planner, operands.parameter, norms, N, d);
};
