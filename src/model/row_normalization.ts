/**
 * Normalises rows before the encoder, and scales reconstructions back.
 *
 * @module
 */
import type { RowUnits } from "./codes.ts";
import type { InputNormalization } from "./sae.ts";
import { RowError } from "../base/row_error.ts";

/**
 * Normalises rows [B, d]: "layerNorm" is (x − mean) / (std + ε), where the variance divides by d − 1; "rowNorm"
 * is x √d / ‖x‖. Sums are in float64.
 *
 * @throws {RangeError} if the norm or the deviation of a row is 0, or d is 1 and there is no deviation.
 */
export function normalizeRows(
  x: Float32Array,
  inputSize: number,
  normalization: InputNormalization,
  task: string,
): { rows: Float32Array; units: RowUnits | undefined };
/** The same with the results in float64. */
export function normalizeRows(
  x: Float32Array,
  inputSize: number,
  normalization: InputNormalization,
  task: string,
  into: Float64Array,
): { rows: Float32Array | Float64Array; units: RowUnits | undefined };
export function normalizeRows(
  x: Float32Array,
  inputSize: number,
  normalization: InputNormalization,
  task: string,
  given?: Float64Array,
): { rows: Float32Array | Float64Array; units: RowUnits | undefined } {
  const { kind } = normalization;
  if (kind !== "layerNorm" && kind !== "rowNorm") return { rows: x, units: undefined };
  const d = inputSize;
  const B = x.length / d;
  const rows = given ?? new Float32Array(x.length);
  const units = { scale: new Float32Array(B), shift: new Float32Array(B) };
  for (let b = 0; b < B; b++) {
    const row = x.subarray(b * d, (b + 1) * d);
    const into = rows.subarray(b * d, (b + 1) * d);
    const mean = kind === "layerNorm" ? row.reduce((sum, value) => sum + value, 0) / d : 0;
    const squares = row.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    // Reconstructions are multiplied by std, not by std + ε, as in the libraries that normalise.
    const scale = Math.sqrt(squares / (kind === "layerNorm" ? d - 1 : d));
    const divisor = kind === "layerNorm" ? scale + normalization.epsilon : scale;
    if (!(divisor > 0)) {
      const what = kind === "layerNorm" ? "deviation" : "norm";
      throw new RowError(
        b,
        (row) => `Cannot ${task}: ${row} cannot be normalised ("${kind}"), its ${what} is ${scale}`,
      );
    }
    for (let k = 0; k < d; k++) into[k] = (row[k] - mean) / divisor;
    units.scale[b] = scale;
    units.shift[b] = mean;
  }
  return { rows, units };
}

/** Scales rows [B, d] back to the units before {@linkcode normalizeRows}, in place. */
export function restoreUnits(rows: Float32Array, inputSize: number, units: RowUnits): void {
  const d = inputSize;
  for (let b = 0; b < units.scale.length; b++) {
    const scale = units.scale[b];
    const shift = units.shift[b];
    for (let i = b * d; i < (b + 1) * d; i++) rows[i] = rows[i] * scale + shift;
  }
}
