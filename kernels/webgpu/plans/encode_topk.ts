import type { encodeScreened as kernel, SelectionConstants } from "../../encode_screened.ts";
import { quantizedWords } from "../../quantize_rows.ts";
import { type Plan, type Planner, rowsOf, type Scratch } from "../launch.ts";
import { byteProductOptions, countAll, roundingsOf } from "./byte_products.ts";
import { activeSlices } from "./encode.ts";
import { encodeByParts, rowsAtATime } from "./encode_sparse.ts";
import { featuresOf, fills, tilesOf } from "./tiles.ts";

/** Most latents that are kept per row: screened_topk.wgsl has room for them. */
const MOST_KEPT = 256;
/** With more than this share of a row's latents as candidates, tiles are faster. */
const MOST_CANDIDATES = 1 / 16;
/** Candidates that a row may always have: a few rounds of one for each thread. */
const FREE_CANDIDATES = 512;

type Operands = Parameters<Plan<typeof kernel>>[0];
type Sizes = Readonly<Record<"B" | "d" | "N" | "K", number>>;

/** Whether `encodeTopk` can take a launch: a row's codes replace its bounds, and candidates are any rows of E. */
export function screensTopk(
  { maxBindingBytes }: Planner,
  { d, N }: Pick<Sizes, "d" | "N">,
  { k }: SelectionConstants,
): boolean {
  return k <= MOST_KEPT && 2 * k <= N && 4 * N * d <= maxBindingBytes;
}

/**
 * A part of the rows after another: bounds of all pre-activations from above by a tiled product of integers, and then one
 * workgroup per row, which computes the latents that may be among its k largest. If a row has too many, the device
 * encodes the launch as `encodeSparse` does.
 */
export function encodeTopk(
  operands: Operands,
  dims: Sizes,
  constants: SelectionConstants,
  planner: Planner,
): void {
  const { B, N } = dims;
  const atATime = rowsAtATime(B, N, planner);
  const bounds = planner.scratch(atATime * N);
  const edges = planner.scratch(B);
  const tooMany = planner.scratch(1);
  planner.dispatch({
    shader: "clear",
    sizes: { count: 1 },
    buffers: { words: tooMany },
    groups: 1,
  });
  const memory = { bounds, edges, tooMany };
  for (let from = 0; from < B; from += atATime) {
    const rows = { from, to: Math.min(from + atATime, B) };
    boundRows(planner, operands, dims, bounds, rows);
    selectRows(planner, operands, dims, constants.k, memory, rows);
  }
  planner.branch(
    tooMany,
    (side) =>
      side.dispatch({
        shader: "total",
        sizes: { count: B, scale: 1 / B, at: 0 },
        buffers: { values: edges, sum: operands.candidates },
        groups: 1,
      }),
    (side) => {
      encodeByParts(plain(operands), dims, constants, side, bounds);
      countAll(side, operands.candidates, N);
    },
  );
}

/** Returns the operands of an encode without a screen. */
function plain(operands: Operands): Parameters<typeof encodeByParts>[0] {
  const { input, encoder, encoderBias, threshold, rowOffsets, indices, values, overflow } =
    operands;
  return { input, encoder, encoderBias, threshold, rowOffsets, indices, values, overflow };
}

type Rows = { readonly from: number; readonly to: number };

/** Bounds all pre-activations of some rows from above. */
function boundRows(
  planner: Planner,
  { quantizedRows, rowBounds, quantizedLatents, latentBounds, encoderBias }: Operands,
  { d, N }: Sizes,
  bounds: Scratch,
  { from, to }: Rows,
): void {
  const words = quantizedWords(d), rows = to - from;
  for (const latents of activeSlices(planner, { B: rows, d, N })) {
    const count = latents.to - latents.from;
    const tiling = tilesOf(rows, count, planner);
    planner.dispatch({
      shader: "upper_bounds",
      options: {
        ...byteProductOptions(tiling.options.SIDE, words, planner),
        FULL: fills(rows, count, tiling),
      },
      sizes: { rows, words, latents: count, firstLatent: latents.from, N, ...roundingsOf(d) },
      buffers: {
        quantizedRows: rowsOf(quantizedRows, from, to, 2 * words),
        rowBounds: rowsOf(rowBounds, from, to, 5),
        ...{ quantizedLatents, latentBounds, encoderBias, bounds },
      },
      groups: tiling.groups,
    });
  }
}

/** Finds the codes of some rows whose pre-activations are bounded. */
function selectRows(
  planner: Planner,
  { input, encoder, encoderBias, rowOffsets, indices, values, overflow }: Operands,
  { B, d, N, K }: Sizes,
  k: number,
  { bounds, edges, tooMany }: Readonly<Record<"bounds" | "edges" | "tooMany", Scratch>>,
  { from, to }: Rows,
): void {
  const rows = to - from;
  planner.dispatch({
    shader: "kth_bounds",
    options: { SHIFT: 16 },
    sizes: { rows, N, k, firstRow: from },
    buffers: { activations: bounds, edges },
    groups: rows,
  });
  const most = Math.max(FREE_CANDIDATES, 4 * k, Math.floor(MOST_CANDIDATES * N));
  planner.dispatch({
    shader: "screened_topk",
    options: featuresOf(d),
    sizes: { rows, firstRow: from, d, N, k, most },
    buffers: {
      input: rowsOf(input, from, to, d),
      ...{ encoder, encoderBias, bounds, edges, rowOffsets, tooMany },
    },
    groups: rows,
  });
  planner.dispatch({
    shader: "scan",
    sizes: { first: from, count: rows },
    buffers: { offsets: rowOffsets },
    groups: 1,
  });
  planner.dispatch({
    shader: "place_rows",
    sizes: { rows, N, k, firstRow: from, B, K },
    buffers: { rows: bounds, rowOffsets, indices, values, overflow },
    groups: rows,
  });
}
