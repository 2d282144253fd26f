/**
 * Sparse codes: the active latents of a batch, row by row.
 *
 * @module
 */

import { counted, thereAre } from "../base/counts.ts";
import { makeArray } from "../base/array_size.ts";
import { checkFinite, checkFloats, checkInteger, checkObject, wrongKind } from "../base/checks.ts";

/** The active latents of a batch in compressed rows: row b holds entries rowOffsets[b] … rowOffsets[b+1]. */
export interface SparseCodes {
  /** Rows in the batch, B. */
  readonly rows: number;
  /** Latents of the autoencoder, N. */
  readonly latentCount: number;
  /** Where each row starts, and the end; [B + 1], from 0, never decreasing. */
  readonly rowOffsets: Uint32Array;
  /** The latent of each entry, below N. */
  readonly indices: Uint32Array;
  /** The activation of each entry. */
  readonly values: Float32Array;
  /** The units that a normalising encoder removed from each row and its decoder restores. */
  readonly rowUnits?: RowUnits;
  /**
   * The most by which each activation may differ from that of the float32 weights from which weights in int8 were
   * made, the rounding of both encodes included: [entries]. For latents that both select; with relu and identity that
   * is no restriction. `encode` adds it if asked.
   */
  readonly errorBounds?: Float32Array;
}

/** The units of normalised rows: x = normalised · scale + shift. */
export interface RowUnits {
  /** The scale of each row: [B]. */
  readonly scale: Float32Array;
  /** The shift of each row: [B]. */
  readonly shift: Float32Array;
}

/**
 * Returns the dense activations [B, N] of sparse codes.
 *
 * @param codes the sparse codes
 * @throws {RangeError} if the codes are not well formed
 * @throws {TypeError} if the codes are not an object with the arrays of {@linkcode SparseCodes}
 *
 * @example
 * ```ts
 * import { codesFromDense, denseFromCodes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const activations = new Float32Array([0, 2, 0, 0, 0, 3]);
 * const codes = codesFromDense(2, 3, activations);
 * assertEquals([...codes.indices], [1, 2]);
 * assertEquals(denseFromCodes(codes), activations);
 * ```
 */
export function denseFromCodes(codes: SparseCodes): Float32Array {
  checkCodes(codes, "make dense activations");
  const { rows: B, latentCount: N, rowOffsets, indices, values } = codes;
  const sizes = { rows: B, latentCount: N };
  const activations = makeArray(Float32Array, sizes, "make dense activations");
  for (let b = 0; b < B; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      activations[b * N + indices[e]] = values[e];
    }
  }
  return activations;
}

/**
 * Returns the sparse codes of dense activations: every nonzero value, latents ascending within a row.
 *
 * @param rows B
 * @param latentCount N
 * @param activations [B, N]
 * @throws {RangeError} if the activations are not B·N values
 * @throws {TypeError} if an argument has the wrong type
 *
 * @example
 * ```ts
 * import { codesFromDense } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...codesFromDense(2, 2, new Float32Array([0, 5, 0, 0])).rowOffsets], [0, 1, 1]);
 * ```
 */
export function codesFromDense(
  rows: number,
  latentCount: number,
  activations: Float32Array,
): SparseCodes {
  checkActivations(rows, latentCount, activations, "make sparse codes");
  const rowOffsets = new Uint32Array(rows + 1);
  let count = 0;
  for (let i = 0; i < activations.length; i++) if (activations[i] !== 0) count++;
  const indices = new Uint32Array(count);
  const values = new Float32Array(count);
  let e = 0;
  for (let b = 0; b < rows; b++) {
    for (let i = 0; i < latentCount; i++) {
      const value = activations[b * latentCount + i];
      if (value === 0) continue;
      indices[e] = i;
      values[e++] = value;
    }
    rowOffsets[b + 1] = e;
  }
  return { rows, latentCount, rowOffsets, indices, values };
}

/** Throws unless dense activations are [rows, latentCount]. `what` is the task that the error names. */
export function checkActivations(
  rows: number,
  latentCount: number,
  activations: Float32Array,
  what: string,
): void {
  checkInteger(rows, "rows", what, 0);
  checkInteger(latentCount, "latentCount", what);
  checkFloats(activations, "activations", what);
  if (activations.length !== rows * latentCount) {
    throw new RangeError(
      `Cannot ${what}: ${rows} rows of ${latentCount} latents need ${rows * latentCount} ` +
        `activations but there are ${activations.length}`,
    );
  }
}

/** Throws unless sparse codes are well formed. `what` is the task that the error names. */
export function checkCodes(codes: SparseCodes, what: string): void {
  checkObject(codes, "codes", what);
  const { rows, latentCount, rowOffsets, indices, values, rowUnits } = codes;
  checkInteger(rows, "rows", what, 0);
  checkInteger(latentCount, "latentCount", what);
  checkFloats(values, "values", what);
  if (rowUnits !== undefined) checkRowUnits(rowUnits, rows, what);
  for (const [name, array] of Object.entries({ rowOffsets, indices })) {
    if (!(array instanceof Uint32Array)) throw wrongKind(array, name, "a Uint32Array", what);
  }
  const fail = (problem: string) => {
    throw new RangeError(`Cannot ${what}: ${problem}`);
  };
  if (rowOffsets.length !== rows + 1) {
    const need = `${counted(rows, "row")} ${rows === 1 ? "needs" : "need"}`;
    fail(`${need} ${rows + 1} rowOffsets but there are ${rowOffsets.length}`);
  }
  if (indices.length !== values.length) {
    fail(`${thereAre(indices.length, "index", "indices")} but ${counted(values.length, "value")}`);
  }
  if (rowOffsets[0] !== 0) fail(`rowOffsets must start at 0 but start at ${rowOffsets[0]}`);
  for (let b = 0; b < rows; b++) {
    if (rowOffsets[b + 1] < rowOffsets[b]) {
      fail(`rowOffsets fall from ${rowOffsets[b]} to ${rowOffsets[b + 1]} at row ${b}`);
    }
  }
  if (rowOffsets[rows] !== indices.length) {
    const entries = thereAre(indices.length, "entry", "entries");
    fail(`rowOffsets end at ${rowOffsets[rows]} but ${entries}`);
  }
  const outside = indices.findIndex((index) => index >= latentCount);
  if (outside >= 0) {
    fail(`index ${indices[outside]} of entry ${outside} is not below latentCount ${latentCount}`);
  }
}

function checkRowUnits(rowUnits: RowUnits, rows: number, what: string): void {
  checkObject(rowUnits, "rowUnits", what);
  for (const name of ["scale", "shift"] as const) {
    const values = rowUnits[name];
    checkFloats(values, `rowUnits.${name}`, what);
    if (values.length !== rows) {
      throw new RangeError(
        `Cannot ${what}: ${rows} rows need as many rowUnits.${name} but there are ${values.length}`,
      );
    }
    checkFinite(values, `rowUnits.${name}`, what);
  }
}
