import type { totalVariance as kernel } from "../../total_variance.ts";
import { sumColumns } from "./columns.ts";
import type { Plan } from "../launch.ts";

/** Means of the columns, squared distances from them, and their sum. */
export const totalVariance: Plan<typeof kernel> = (operands, { B, d }, _, planner) => {
  const { input, totalVariance } = operands;
  const means = planner.scratch(d);
  const squares = planner.scratch(d);
  sumColumns(planner, input, [B, d], { kind: "value" }, { sums: means, scale: 1 / B });
  sumColumns(planner, input, [B, d], { kind: "distance", means }, { sums: squares, scale: 1 });
  planner.dispatch({
    shader: "total",
    sizes: { count: d, scale: 1 / B, at: 0 },
    buffers: { values: squares, sum: totalVariance },
    groups: 1,
  });
};
