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
import { depthOf, featuresOf, tilesOf } from "./tiles.ts";

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
  // Bindings that this variant of the shader does not use need buffers, too.
  const unused = {
    masks: planner.scratch(1),
    entries: planner.scratch(2),
    taken: planner.scratch(1),
  };
  product(planner, { ...operands, ...unused }, { ...sizes, ...rows }, activation);
}

/** Memory for the active latents of a batch; see encode.wgsl. */
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
  operands: Omit<EncodeOperands, "activations"> & ActiveLatents,
  { B, d, N, K }: Readonly<Record<"B" | "d" | "N" | "K", number>>,
  activation: Activation,
): void {
  const unused = { activations: planner.scratch(1) };
  product(planner, { ...operands, ...unused }, { d, N, K, from: 0, to: B }, activation);
}

/** A slice of the latents, of whose tiles some are left to compute. */
export interface LeftTiles {
  readonly latents: Latents;
  /** Candidates of each tile, the first of the slice at `firstTile`: see screen.wgsl. */
  readonly counts: Scratch;
  readonly firstTile: number;
}

/** Encodes the tiles that a screen has left, as `encodeActive` does. */
export function encodeLeft(
  planner: Planner,
  operands: Omit<EncodeOperands, "activations"> & ActiveLatents,
  { B, d, N, K }: Readonly<Record<"B" | "d" | "N" | "K", number>>,
  activation: Activation,
  { latents, counts, firstTile }: LeftTiles,
): void {
  const sizes = { d, N, K, from: 0, to: B, firstTile };
  productOf(planner, { ...operands, activations: counts }, sizes, activation, latents);
}

/** Returns the slices of the latents that an encode of active latents takes: a word of the masks belongs to one. */
export function activeSlices(planner: Planner, { B, d, N }: Record<"B" | "d" | "N", number>) {
  return [...latentSlices(N, d, 2 * B * d, planner, 32)];
}

/** Some of the latents. */
type Latents = { readonly from: number; readonly to: number };

interface ProductSizes {
  readonly d: number;
  readonly N: number;
  readonly from: number;
  readonly to: number;
  /** Room for active latents, if only they are kept. */
  readonly K?: number;
  /** Where the counts of the slice begin, if it is screened. */
  readonly firstTile?: number;
}

function product(
  planner: Planner,
  operands: EncodeOperands & ActiveLatents,
  sizes: ProductSizes,
  activation: Activation,
): void {
  const { d, N, from, to, K } = sizes;
  const slices = K === undefined
    ? latentSlices(N, d, 2 * (to - from) * d, planner)
    : activeSlices(planner, { B: to - from, d, N });
  for (const latents of slices) productOf(planner, operands, sizes, activation, latents);
}

function productOf(
  planner: Planner,
  { encoder, ...others }: EncodeOperands & ActiveLatents,
  { d, N, from, to, K, firstTile }: ProductSizes,
  activation: Activation,
  latents: Latents,
): void {
  const rows = to - from, count = latents.to - latents.from;
  const { options, groups } = tilesOf(rows, count, planner);
  planner.dispatch({
    shader: "encode",
    options: {
      ...options,
      // A thread brings one block: 4·DEPTH must not exceed SIDE.
      ...(options.SIDE === 8 ? { DEPTH: 2 } : depthOf(planner)),
      WHOLE: d % 16 === 0,
      ...featuresOf(d),
      ACTIVATION: ACTIVATION_CODES[activation],
      COMPACT: K !== undefined,
      SCREENED: firstTile !== undefined,
    },
    sizes: {
      ...{ rows, firstRow: from, d, latents: count, firstLatent: latents.from, N, K: K ?? 0 },
      ...{ firstTile: firstTile ?? 0, across: groups[0] },
    },
    buffers: { ...others, encoder: rowsOf(encoder, latents.from, latents.to, d) },
    groups,
  });
}
