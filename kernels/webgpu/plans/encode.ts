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

function product(
  planner: Planner,
  { encoder, ...others }: EncodeOperands & ActiveLatents,
  sizes: { d: number; N: number; from: number; to: number; K?: number },
  activation: Activation,
): void {
  const { d, N, from, to, K } = sizes;
  const rows = to - from;
  const compact = K !== undefined;
  // A word of the masks belongs to one slice.
  for (const latents of latentSlices(N, d, 2 * rows * d, planner, compact ? 32 : undefined)) {
    const count = latents.to - latents.from;
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
        COMPACT: compact,
      },
      sizes: { rows, firstRow: from, d, latents: count, firstLatent: latents.from, N, K: K ?? 0 },
      buffers: { ...others, encoder: rowsOf(encoder, latents.from, latents.to, d) },
      groups,
    });
  }
}
