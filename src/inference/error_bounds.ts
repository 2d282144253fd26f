/**
 * Bounds how far activations are from those of the weights before they were quantised.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import type { ModelTensors } from "./model_tensors.ts";
import type { ResolvedSae } from "./options.ts";
import { normalizeRows } from "../model/row_normalization.ts";
import type { ErrorBounds } from "./runner.ts";

/** The norms of an encoder E that was quantised to Ê, each rounded up. */
export interface WeightErrors {
  /** ‖E_i‖: [N]. */
  readonly norm: Float32Array;
  /** ‖E_i − Ê_i‖: [N]. */
  readonly errorNorm: Float32Array;
}

/** Half the distance between float32 numbers from 1 on, relative. */
const UNIT = 2 ** -24;
/** The smallest positive float32 number. */
const TINY = 2 ** -149;
/** More than the sums in float64, and the rounding of a bound to float32, may be off. */
const WIDER = 1 + 2 ** -20;

/**
 * Returns what bounds the errors of the codes of rows x, for each code by
 *
 *     |f − f*| ≤ ‖x‖ ‖E_i − Ê_i‖ + γ (‖x‖ (2 ‖E_i‖ + ‖E_i − Ê_i‖) + 2 |b_i|) + underflow
 *     γ = n u / (1 − n u)      n = d + 2      u = 2⁻²⁴
 *
 * The first term is exact arithmetic (Cauchy–Schwarz, and |relu(a) − relu(b)| ≤ |a − b|). The second is what float32 may
 * round in both encodes, of E and of Ê, in any order of summation, and the third what products below float32's range
 * lose. x is the row as the encoder sees it: normalised, and without c if that is subtracted.
 */
export function boundsOf(
  backend: Backend,
  { inputSize: d, encoderBias, decoderBias }: Omit<ModelTensors, "screen">,
  { inputNormalization, loss }: ResolvedSae,
  errors: WeightErrors,
): ErrorBounds {
  const gamma = (d + 2) * UNIT / (1 - (d + 2) * UNIT);
  return async ({ rows: B, rowOffsets, indices }, x, task) => {
    const { rows } = normalizeRows(x, d, inputNormalization, task);
    const [b, c] = await Promise.all([backend.read(encoderBias), backend.read(decoderBias)]);
    const bounds = new Float32Array(indices.length);
    for (let row = 0; row < B; row++) {
      let square = 0;
      for (let k = 0; k < d; k++) {
        const value = rows[row * d + k];
        square += (loss.subtractDecoderBias ? Math.fround(value - c[k]) : value) ** 2;
      }
      const size = Math.sqrt(square);
      for (let e = rowOffsets[row]; e < rowOffsets[row + 1]; e++) {
        const i = indices[e];
        const error = errors.errorNorm[i];
        const rounding = gamma * (size * (2 * errors.norm[i] + error) + 2 * Math.abs(b[i]));
        bounds[e] = (size * error + rounding) * WIDER + 2 * (d + 1) * TINY;
      }
    }
    return bounds;
  };
}
