import type { decoderGradient as kernel } from "../../decoder_gradient.ts";
import type { Tensor } from "../../kernel.ts";
import type { PenaltyConstants } from "../../penalty.ts";
import { describeLatents, LATENT_WORDS } from "./latents.ts";
import {
  groupsOf,
  latentSlices,
  type Part,
  partsOf,
  type Plan,
  type Planner,
  rowsOf,
  type Scratch,
} from "../launch.ts";
import { penaltyOptions } from "./penalty.ts";
import { depthOf, fills, latentsOf, tilesOf, writtenFeaturesOf } from "./tiles.ts";

/** The latents with the pull of their penalties, then a tiled product for each slice of the latents. */
export const decoderGradient: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N } = dims;
  const { activations, reverseSums, decoder, decoderGradient } = operands;
  const parts = partsOf(activations, B, N, planner);
  // A penalty without the norms does not pull at the rows.
  const latents = constants.unweighted
    ? describeLatents(planner, operands, dims)
    : pulledLatents(planner, operands, dims, constants, parts);
  const operandsOfProduct = { rows: reverseSums, decoder, latents, gradient: decoderGradient };
  multiplyByLatent(planner, parts, operandsOfProduct, { B, d, N }, true);
};

/** Computes block, Ω, norm and pull of every latent from the parts of f. */
function pulledLatents(
  planner: Planner,
  { bounds, weights, coefficient, norms }: Readonly<
    Record<"bounds" | "weights" | "coefficient" | "norms", Tensor>
  >,
  { B, N, P }: Readonly<Record<"B" | "N" | "P", number>>,
  constants: PenaltyConstants,
  parts: readonly Part[],
): Scratch {
  const latents = planner.scratch(LATENT_WORDS * N);
  for (const { from, to, values: activations } of parts) {
    planner.dispatch({
      shader: "latent_pull",
      options: { ...penaltyOptions(constants), ADDS: from > 0 },
      sizes: { rows: to - from, N, epsilon: constants.epsilon, P, B },
      buffers: { activations, bounds, weights, coefficient, norms, latents },
      groups: [groupsOf(N, 64), 1],
    });
  }
  return latents;
}

/** Operands of `multiplyByLatent` besides the factors. */
export interface ProductOperands {
  readonly rows: Tensor;
  /** For the pull of the penalty; left out without blocks. */
  readonly decoder?: Tensor;
  readonly latents: Scratch;
  readonly gradient: Tensor;
}

/** Computes gradient_i = Σ_b factors_bi rows_b for each slice of the latents; parts of the batch add up. */
export function multiplyByLatent(
  planner: Planner,
  factors: readonly Part[],
  { rows, decoder, latents, gradient }: ProductOperands,
  { B, d, N }: Readonly<Record<"B" | "d" | "N", number>>,
  BLOCKED: boolean,
): void {
  for (const { from, to } of latentSlices(N, d, 2 * B * d, planner)) {
    const tiling = tilesOf(to - from, d, planner);
    for (const part of factors) {
      planner.dispatch({
        shader: "decoder_gradient",
        options: {
          ...tiling.options,
          ...depthOf(planner, tiling.options.SIDE),
          ...latentsOf(N),
          ...writtenFeaturesOf(d),
          BLOCKED,
          ADDS: part.from > 0,
          WHOLE: (part.to - part.from) % 16 === 0,
          FULL: fills(to - from, d, tiling),
        },
        sizes: {
          B,
          rows: part.to - part.from,
          firstRow: part.from,
          d,
          latents: to - from,
          firstLatent: from,
          N,
        },
        buffers: {
          activations: part.values,
          reverseSums: rows,
          decoder: decoder ? rowsOf(decoder, from, to, d) : latents,
          latents,
          gradient: rowsOf(gradient, from, to, d),
        },
        groups: tiling.groups,
      });
    }
  }
}
