import type { DenseActivation, encode as kernel } from "../encode.ts";
import type { Tensor } from "../kernel.ts";
import { type Bindable, latentSlices, partsOf, type Plan, type Planner, rowsOf } from "./launch.ts";
import { depthOf, featuresOf, tilesOf } from "./tiles.ts";

const ACTIVATIONS = { relu: 0, identity: 1, jumprelu: 2 } as const;

/** What is encoded by what. */
export interface EncodeOperands {
  readonly input: Tensor;
  readonly encoder: Tensor;
  readonly encoderBias: Tensor;
  readonly threshold: Tensor;
  readonly activations: Bindable;
}

/** A tiled product, part of the batch by part and latent slice by latent slice. */
export const encode: Plan<typeof kernel> = (operands, { B, d, N }, { activation }, planner) => {
  for (const { from, to, values: activations } of partsOf(operands.activations, B, N, planner)) {
    encodeRows(planner, { ...operands, activations }, { d, N }, { from, to }, activation);
  }
};

/** The activations of some rows of the batch, [to − from, N]. */
export function encodeRows(
  planner: Planner,
  { encoder, ...others }: EncodeOperands,
  { d, N }: { readonly d: number; readonly N: number },
  { from, to }: { readonly from: number; readonly to: number },
  activation: DenseActivation,
): void {
  for (const latents of latentSlices(N, d, 2 * (to - from) * d, planner)) {
    const count = latents.to - latents.from;
    const { options, groups } = tilesOf(to - from, count, planner);
    planner.dispatch({
      shader: "encode",
      options: {
        ...options,
        ...depthOf(planner),
        ...featuresOf(d),
        ACTIVATION: ACTIVATIONS[activation],
      },
      sizes: { rows: to - from, firstRow: from, d, latents: count, firstLatent: latents.from, N },
      buffers: { ...others, encoder: rowsOf(encoder, latents.from, latents.to, d) },
      groups,
    });
  }
}
