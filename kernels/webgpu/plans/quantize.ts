import {
  INPUT_LEVELS,
  type quantizeRows as rowsKernel,
  WEIGHT_LEVELS,
} from "../../quantize_rows.ts";
import type { adamEncoder as adamKernel } from "../../adam_encoder.ts";
import type { quantizeLatents as latentsKernel } from "../../quantize_latents.ts";
import type { Tensor } from "../../kernel.ts";
import { type Plan, type Planner, rowSlices, rowsOf } from "../launch.ts";
import { updateElements } from "./adam.ts";
import { featuresOf } from "./tiles.ts";

/** One workgroup per row, slice by slice. */
export const quantizeRows: Plan<typeof rowsKernel> = (
  { input, ...results },
  { B, d, W },
  _,
  planner,
) => {
  quantize(planner, { numbers: input, ...results }, { rows: B, d, W }, true);
};

/** One workgroup per latent, slice by slice. */
export const quantizeLatents: Plan<typeof latentsKernel> = (
  { encoder, ...results },
  { N, d, W },
  _,
  planner,
) => {
  quantize(planner, { numbers: encoder, ...results }, { rows: N, d, W }, false);
};

/** Elementwise, and then as `quantizeLatents`. */
export const adamEncoder: Plan<typeof adamKernel> = (
  { quantized, bounds, ...operands },
  { N, d, W },
  constants,
  planner,
) => {
  updateElements(planner, operands, N * d, constants);
  const rows = { numbers: operands.parameter, quantized, bounds };
  quantize(planner, rows, { rows: N, d, W }, false);
};

function quantize(
  planner: Planner,
  { numbers, quantized, bounds }: Readonly<Record<"numbers" | "quantized" | "bounds", Tensor>>,
  { rows, d, W }: Readonly<Record<"rows" | "d" | "W", number>>,
  twoDigits: boolean,
): void {
  const width = twoDigits ? 2 * W : W;
  const boundsWidth = twoDigits ? 5 : 4;
  // Every 64 rows begin at a multiple of 256 bytes, whatever a row's width is.
  for (const { from, to } of rowSlices(rows, 4 * Math.max(d, width), planner, 64)) {
    planner.dispatch({
      shader: "quantize",
      options: {
        ...featuresOf(d),
        TWO_DIGITS: twoDigits,
        LEVELS: twoDigits ? INPUT_LEVELS : WEIGHT_LEVELS,
      },
      sizes: { rows: to - from, d, words: W },
      buffers: {
        numbers: rowsOf(numbers, from, to, d),
        quantized: rowsOf(quantized, from, to, width),
        bounds: rowsOf(bounds, from, to, boundsWidth),
      },
      groups: to - from,
    });
  }
}
