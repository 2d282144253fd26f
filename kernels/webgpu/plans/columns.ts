/**
 * Sums over rows, per column, in chunks of rows whose sums are added in their order.
 *
 * @module
 */
import type { Tensor } from "../../kernel.ts";
import { TERM_CODES } from "../codes.ts";
import {
  type Bindable,
  groupsOf,
  type Planner,
  rowSlices,
  rowsOf,
  type Scratch,
} from "../launch.ts";

/** Rows in a chunk of `column_sums`. */
const CHUNK = 128;

/** A term of the sums: the value, its product with the factor of its row, or its squared distance from a mean. */
export type Term =
  | { readonly kind: "value" }
  | { readonly kind: "times"; readonly factors: Bindable }
  | { readonly kind: "distance"; readonly means: Bindable };

/** Where the sums go, how they are scaled, and whether they are added to the values there. */
export interface ColumnSums {
  readonly sums: Bindable;
  readonly scale: number;
  readonly adds?: boolean;
}

/** Computes sums_k ← scale·Σ_row term(row, k) over the first `rows` rows of `values`, each `width` wide. */
export function sumColumns(
  planner: Planner,
  values: Tensor | Scratch,
  [rows, width]: readonly [number, number],
  term: Term,
  into: ColumnSums,
): void {
  const slices = "shape" in values
    ? [...rowSlices(rows, 4 * width, planner)]
    : [{ from: 0, to: rows }];
  const chunks = slices.reduce((sum, { from, to }) => sum + groupsOf(to - from, CHUNK), 0);
  const partials = planner.scratch(chunks * width);
  let firstChunk = 0;
  for (const { from, to } of slices) {
    const slice = "shape" in values ? rowsOf(values, from, to, width) : values;
    const groups = groupsOf(to - from, CHUNK);
    planner.dispatch({
      shader: "column_sums",
      options: { TERM: TERM_CODES[term.kind], CHUNK },
      sizes: { rows: to - from, width, firstChunk, firstRow: from },
      buffers: {
        values: slice,
        factors: term.kind === "times"
          ? term.factors
          : term.kind === "distance"
          ? term.means
          : slice,
        partials,
      },
      groups: [groupsOf(width, 64), groups],
    });
    firstChunk += groups;
  }
  sumChunks(planner, partials, [chunks, width], into);
}

/** Computes sums_k ← scale·Σ_c partials[c, k]. */
export function sumChunks(
  planner: Planner,
  partials: Scratch,
  [chunks, width]: readonly [number, number],
  { sums, scale, adds = false }: ColumnSums,
): void {
  planner.dispatch({
    shader: "chunk_sums",
    options: { ADDS: adds },
    sizes: { chunks, width, scale },
    buffers: { partials, sums },
    groups: groupsOf(width, 64),
  });
}
