/**
 * The description of each latent that kernels of gradients need, computed once per kernel.
 *
 * @module
 */
import type { Tensor } from "../../kernel.ts";
import { groupsOf, type Planner, type Scratch } from "../launch.ts";

/** Four-byte words of a `Latent`: block, Ω, n, pull. */
export const LATENT_WORDS = 4;

/** Computes block, Ω and norm of every latent. */
export function describeLatents(
  planner: Planner,
  operands: Readonly<Record<"bounds" | "weights" | "coefficient" | "norms", Tensor>>,
  { B, N, P }: Readonly<Record<"B" | "N" | "P", number>>,
): Scratch {
  const { bounds, weights, coefficient, norms } = operands;
  const latents = planner.scratch(LATENT_WORDS * N);
  planner.dispatch({
    shader: "latents",
    sizes: { count: N, P, B },
    buffers: { bounds, weights, coefficient, norms, latents },
    groups: groupsOf(N),
  });
  return latents;
}
