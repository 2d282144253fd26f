/**
 * The layout of a file of sparse codes.
 *
 * @module
 */

/** The format that the metadata of a file of codes names. */
export const CODES_FORMAT = "sparse-codes";
/** The version of {@linkcode CODES_FORMAT}. */
export const CODES_VERSION = "1";

/** The arrays of a file of codes, in order; the last two only if rows were normalised. */
export const CODES_ARRAYS = ["rowOffsets", "indices", "values", "rowScale", "rowShift"] as const;
/** The name of an array, one of {@linkcode CODES_ARRAYS}. */
export type CodesArray = typeof CODES_ARRAYS[number];

/** The number of entries from which offsets need more than U32. */
export const WIDE_OFFSETS = 2 ** 32;

/** The autoencoder and the program that made the codes. */
export interface CodesOrigin {
  /** The `saeFingerprint` of the autoencoder. */
  readonly autoencoder?: string;
  /** The program that wrote them. */
  readonly createdBy?: string;
}

/** The sizes of codes in a file. */
export interface CodesSize {
  /** The number of rows, B. */
  readonly rows: number;
  /** The number of latents, N. */
  readonly latentCount: number;
  /** The number of active latents, of all rows together. */
  readonly entries: number;
  /** Whether rows were normalised, so that the file holds their units. */
  readonly normalized: boolean;
}

/** Returns the arrays of a file with their lengths and element formats. */
export function codesArrays(
  { rows, entries, normalized }: CodesSize,
): { name: CodesArray; dtype: "U32" | "I64" | "F32"; length: number; bytes: number }[] {
  const wide = entries >= WIDE_OFFSETS;
  const units = normalized
    ? [
      { name: "rowScale", dtype: "F32", length: rows, bytes: 4 } as const,
      { name: "rowShift", dtype: "F32", length: rows, bytes: 4 } as const,
    ]
    : [];
  return [
    { name: "rowOffsets", dtype: wide ? "I64" : "U32", length: rows + 1, bytes: wide ? 8 : 4 },
    { name: "indices", dtype: "U32", length: entries, bytes: 4 },
    { name: "values", dtype: "F32", length: entries, bytes: 4 },
    ...units,
  ];
}
