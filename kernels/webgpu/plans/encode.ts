import type { DenseActivation, encode as kernel } from "../../encode.ts";
import type { Tensor } from "../../kernel.ts";
import { ACTIVATION_CODES } from "../codes.ts";
import {
  type Bindable,
  latentSlices,
  partsOf,
  type Plan,
  type Planner,
  rowsOf,
  type Scratch,
} from "../launch.ts";
import { depthOf, featuresOf, fills, tilesOf, type Tiling, writtenLatentsOf } from "./tiles.ts";

/** A dense activation, or the sparse encode's window. */
type Activation = DenseActivation | "window";

/** Operands of an encode. */
export interface EncodeOperands {
  readonly input: Tensor;
  readonly encoder: Tensor;
  readonly encoderBias: Tensor;
  readonly threshold: Tensor;
  readonly activations: Bindable;
}

/** A tiled product for each part of the batch and each slice of the latents. */
export const encode: Plan<typeof kernel> = (operands, { B, d, N }, { activation }, planner) => {
  for (const { from, to, values: activations } of partsOf(operands.activations, B, N, planner)) {
    encodeRows(planner, { ...operands, activations }, { d, N }, { from, to }, activation);
  }
};

/** Encodes some rows of the batch as activations [to − from, N]. */
export function encodeRows(
  planner: Planner,
  operands: EncodeOperands,
  sizes: { readonly d: number; readonly N: number },
  rows: { readonly from: number; readonly to: number },
  activation: Activation,
): void {
  const { d, N } = sizes;
  const { encoder, ...others } = operands;
  const count = rows.to - rows.from;
  for (const { from, to } of latentSlices(N, d, 2 * count * d, planner)) {
    const tiling = tilesOf(count, to - from, planner);
    planner.dispatch({
      shader: "encode",
      options: {
        ...productOptions(tiling, d, activation, planner),
        ...writtenLatentsOf(N),
        FULL: fills(count, to - from, tiling),
      },
      sizes: { rows: count, firstRow: rows.from, d, latents: to - from, firstLatent: from, N },
      buffers: { ...others, encoder: rowsOf(encoder, from, to, d) },
      groups: tiling.groups,
    });
  }
}

/** Returns what both shaders of the encode set. */
function productOptions(
  { options }: Tiling,
  d: number,
  activation: Activation,
  planner: Planner,
) {
  return {
    ...options,
    ...depthOf(planner, options.SIDE),
    WHOLE: d % 16 === 0,
    ...featuresOf(d),
    ACTIVATION: ACTIVATION_CODES[activation],
  };
}

/** Memory for the active latents of a batch; see encode_active.wgsl. */
export interface ActiveLatents {
  /** A bit per latent, ⌈N/32⌉ words per row. */
  readonly masks: Scratch;
  /** Room for K pairs. */
  readonly entries: Scratch;
  /** The number of active latents; 0 before the encode. */
  readonly taken: Scratch;
}

/** Encodes the batch as its active latents, in any order: [B, N] is never written. */
export function encodeActive(
  planner: Planner,
  operands: ActiveOperands,
  sizes: ActiveSizes,
  activation: Activation,
): void {
  // A binding that this variant of the shader does not use needs a buffer, too.
  const counts = planner.scratch(1);
  for (const latents of activeSlices(planner, sizes)) {
    encodeSlice(planner, { ...operands, counts }, sizes, activation, latents);
  }
}

/** Encodes the tiles of a slice of the latents that a screen has left, as `encodeActive` does. */
export function encodeLeft(
  planner: Planner,
  operands: ActiveOperands,
  sizes: ActiveSizes,
  activation: Activation,
  { latents, counts, firstTile }: LeftTiles,
): void {
  encodeSlice(planner, { ...operands, counts }, sizes, activation, latents, firstTile);
}

type ActiveOperands = Omit<EncodeOperands, "activations"> & ActiveLatents;
type ActiveSizes = Readonly<Record<"B" | "d" | "N" | "K", number>>;

/** A slice of the latents, of whose tiles some are left to compute. */
export interface LeftTiles {
  readonly latents: Latents;
  /** Candidates of each tile, the first of the slice at `firstTile`: see screen.wgsl. */
  readonly counts: Scratch;
  readonly firstTile: number;
}

/** Some of the latents. */
type Latents = { readonly from: number; readonly to: number };

/** Returns the slices of the latents that an encode of active latents takes: a word of the masks belongs to one. */
export function activeSlices(planner: Planner, { B, d, N }: Record<"B" | "d" | "N", number>) {
  return [...latentSlices(N, d, 2 * B * d, planner, 32)];
}

function encodeSlice(
  planner: Planner,
  { encoder, ...others }: ActiveOperands & Pick<LeftTiles, "counts">,
  { B, d, N, K }: ActiveSizes,
  activation: Activation,
  { from, to }: Latents,
  firstTile?: number,
): void {
  const tiling = tilesOf(B, to - from, planner);
  planner.dispatch({
    shader: "encode_active",
    options: {
      ...productOptions(tiling, d, activation, planner),
      SCREENED: firstTile !== undefined,
    },
    sizes: {
      ...{ rows: B, firstRow: 0, d, latents: to - from, firstLatent: from, N, K },
      ...{ firstTile: firstTile ?? 0, across: tiling.groups[0] },
    },
    buffers: { ...others, encoder: rowsOf(encoder, from, to, d) },
    groups: tiling.groups,
  });
}
