/** The results of `bench:recipes`. */
import type { Environment } from "../harness/environment.ts";

/** What one run of a recipe gives on real activations, on rows held out, as the file that it saved encodes them. */
export interface RealRun {
  readonly l0: number;
  readonly fvu: number;
  /** FVU of the prefixes 1/16, 1/8 and 1/4. */
  readonly prefixFvu: readonly number[];
  /** Latents that were active in no row. */
  readonly dead: number;
}

/** What one run of a recipe gives on the toy tree, on samples that training has not seen. */
export interface ToyRun {
  readonly l0: number;
  readonly fvu: number;
  /** Share of samples with an active child in which the latent of its parent is silent. */
  readonly absorption: number;
}

/** The runs of one recipe, one for each seed. */
export interface RecipeRuns {
  readonly label: string;
  readonly real: readonly RealRun[];
  readonly toy: readonly ToyRun[];
}

/** A file of `bench/recipes.ts --json`. */
export interface RecipesResults {
  readonly kind: "recipes";
  readonly environment: Environment;
  readonly latents: number;
  readonly steps: number;
  readonly l0: number;
  readonly toySteps: number;
  readonly recipes: readonly RecipeRuns[];
}
