/**
 * Checks that values fit into the format in which they are written.
 *
 * @module
 */
import { firstBeyond } from "../../base/checks.ts";
import { PARAMETER_NAMES } from "../../model/parameters.ts";
import type { FloatDType } from "../arrays/floats.ts";
import type { Sae } from "../../model/sae.ts";

// Larger values would be rounded to infinity, or nearly.
const LARGEST: Readonly<Record<FloatDType, number>> = {
  F16: 65504,
  BF16: 2 ** 127 * (2 - 2 ** -7),
  F32: Number.MAX_VALUE,
  F64: Number.MAX_VALUE,
};

/** What to do about an activation that compares the rows of a batch, which no format of other libraries can hold. */
export const BATCHTOPK_ADVICE =
  "; `task calibrate` (calibrateThreshold and jumpReluOf) turns it into jumprelu with one threshold";

/**
 * Throws a RangeError that names the first weight or threshold that is infinite, as folding can make it, or would be
 * in this format.
 */
export function checkRepresentable(
  { parameters, activation }: Pick<Sae, "parameters" | "activation">,
  dtype: FloatDType,
  task: string,
): void {
  const arrays = PARAMETER_NAMES.map((name): [string, Float32Array] => [name, parameters[name]]);
  if ("threshold" in activation) arrays.push(["threshold", activation.threshold]);
  for (const [name, values] of arrays) {
    const beyond = firstBeyond(values, LARGEST[dtype]);
    if (beyond < 0) continue;
    const limit = LARGEST[dtype] < LARGEST.F32 ? `±${LARGEST[dtype]}` : "range";
    throw new RangeError(
      `Cannot ${task}: element ${beyond} of ${name} is ${values[beyond]}, ` +
        `beyond the ${limit} of ${dtype}`,
    );
  }
}
