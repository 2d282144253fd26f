import type { encoderGradient as kernel } from "../../encoder_gradient.ts";
import { sumColumns } from "./columns.ts";
import { multiplyByLatent } from "./decoder_gradient.ts";
import { partsOf, type Plan } from "../launch.ts";

/** The product of `decoder_gradient` without blocks, and the sums of the columns of ∂pre. */
export const encoderGradient: Plan<typeof kernel> = (operands, { B, d, N }, _, planner) => {
  const { preGradient, input, encoderGradient, encoderBiasGradient: sums } = operands;
  const parts = partsOf(preGradient, B, N, planner);
  // Without blocks the shader reads no latents, but the binding needs a buffer.
  const product = { rows: input, latents: planner.scratch(4), gradient: encoderGradient };
  multiplyByLatent(planner, parts, product, { B, d, N }, false);
  sumColumns(planner, preGradient, [B, N], { kind: "value" }, { sums, scale: 1 });
};
