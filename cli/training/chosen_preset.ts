/**
 * The recipe of a run that names none.
 *
 * @module
 */

/** What `train` follows by default: the best of the recipes that docs/recipes.md compares. */
export const BEST_PRESET = "matryoshkaBatchTopK";

/** The defaults of the trainer, on which options of the command line that describe a recipe build. */
const PLAIN_PRESET = "default";

/** Options that describe another recipe than the best one. */
const DESCRIBING = [
  "activation",
  "penalty",
  "penaltyCoefficient",
  "sparsityRate",
  "threshold",
  "bandwidth",
  "init",
] as const;

/** The arguments that decide. */
type DecidingArguments =
  & { readonly preset?: string; readonly mpi?: boolean }
  & { readonly [Name in typeof DESCRIBING[number]]?: unknown };

/** Returns the preset that was given, or else the best one, unless another option describes the recipe. */
export function chosenPreset(given: DecidingArguments): string {
  if (given.preset !== undefined) return given.preset;
  // Ranks have neither the auxiliary loss nor a running threshold.
  return given.mpi || describesRecipe(given) ? PLAIN_PRESET : BEST_PRESET;
}

/** Returns what to say to ranks that follow another recipe than one process would. */
export function presetNote(given: DecidingArguments): string | undefined {
  if (!given.mpi || given.preset !== undefined || describesRecipe(given)) return undefined;
  return `Ranks train by --preset ${PLAIN_PRESET} (relu, log penalty): the parts of ${BEST_PRESET} that they lack are ` +
    "AuxK and the running threshold";
}

function describesRecipe(given: DecidingArguments): boolean {
  return DESCRIBING.some((name) => given[name] !== undefined);
}
