/**
 * How sparse codes lie in a file.
 *
 * @module
 */

/** What the metadata of a file of codes says it is. */
export const CODES_FORMAT = "sparse-codes", CODES_VERSION = "1";

/** The arrays of a file of codes, in their order; the last two only where rows were normalised. */
export const CODES_ARRAYS = ["rowOffsets", "indices", "values", "rowScale", "rowShift"] as const;
/** One of {@linkcode CODES_ARRAYS}. */
export type CodesArray = typeof CODES_ARRAYS[number];

/** From so many entries on, offsets no longer fit into U32. */
export const WIDE_OFFSETS = 2 ** 32;

/** Who made the codes. */
export interface CodesOrigin {
  /** The autoencoder that made them, by `saeFingerprint`. */
  readonly autoencoder?: string;
  /** The program that wrote them. */
  readonly createdBy?: string;
}

/** What there is of codes in a file. */
export interface CodesSize {
  /** B. */
  readonly rows: number;
  /** N. */
  readonly latentCount: number;
  /** Active latents of all rows together. */
  readonly entries: number;
  /** Whether the units of normalised rows are there. */
  readonly normalized: boolean;
}

/** The lengths of the arrays, and their element formats. */
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
