import type { decoderBiasGradient as kernel } from "../../decoder_bias_gradient.ts";
import { sumColumns } from "./columns.ts";
import type { Plan } from "../launch.ts";

/** Sums of the columns of block 0, the first [B, d] of the reverse sums. */
export const decoderBiasGradient: Plan<typeof kernel> = (operands, { B, d }, _, planner) => {
  const sums = operands.decoderBiasGradient;
  sumColumns(planner, operands.reverseSums, [B, d], { kind: "value" }, { sums, scale: 1 });
};
