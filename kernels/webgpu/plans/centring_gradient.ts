import type { centringGradient as kernel } from "../../centring_gradient.ts";
import { sumColumns } from "./columns.ts";
import type { Plan } from "../launch.ts";

/** Sums of the columns of E, each row times its ∂b. */
export const centringGradient: Plan<typeof kernel> = (operands, { N, d }, _, planner) => {
  const { encoderBiasGradient: factors, encoder, decoderBiasGradient: sums } = operands;
  sumColumns(planner, encoder, [N, d], { kind: "times", factors }, { sums, scale: -1, adds: true });
};
