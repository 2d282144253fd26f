/**
 * Launches for kernels that keep the largest activations.
 *
 * @module
 */
import { activations } from "./inputs.ts";
import type { Random } from "../../src/base/random.ts";
import { shapes } from "./shapes.ts";

/** A launch of `topk` or of `batchTopk`. */
export interface SelectionLaunch {
  readonly title: string;
  readonly dims: Record<"B" | "N", number>;
  readonly constants: { readonly k: number };
  readonly inputs: { readonly activations: number[] };
}

/** The kinds of activations to select from. */
const MAKERS: [string, (random: Random, dims: Record<"B" | "N", number>) => number[]][] = [
  // Zeros are never among the largest, even if fewer than k activations are positive.
  ["sparse", (random, dims) => activations(random, dims, "mixed")],
  ["distinct", (random, dims) => activations(random, dims, "full")],
  ["ties", (random, { B, N }) => Array.from({ length: B * N }, () => random.integer(4))],
  ["all equal", (_, { B, N }) => Array(B * N).fill(0.75)],
];

/** Yields launches that keep one, some, all and more than all activations; small integers make ties. */
export function* selections(random: Random): Generator<SelectionLaunch> {
  for (const [n, dims] of shapes("B", "N").entries()) {
    const { N } = dims;
    const [title, make] = MAKERS[n % MAKERS.length];
    const ks = new Set([1, Math.ceil(N / 3), N - 1, N, N + 1].filter((k) => k > 0));
    for (const k of ks) {
      yield { title, dims, constants: { k }, inputs: { activations: make(random, dims) } };
    }
  }
}
