/** The recipes that are compared: what each takes as arguments of `train`, and as options on the toy tree. */
import {
  prefixesFromFractions,
  presetOptions,
  type PresetSizes,
  type TrainerOptions,
} from "../../mod.ts";

/** One recipe. */
export interface Recipe {
  readonly label: string;
  readonly preset: string;
  readonly activation?: "topk" | "batchtopk";
  /** Prefixes that are drawn at each step, fixed fractions of N, or those of the preset. */
  readonly prefixes: "drawn" | "fixed" | "preset";
  /** Weight of AuxK, beside the preset's own parts. */
  readonly auxiliary?: number;
  readonly learningRate?: number;
  readonly penalty?: "log";
  /** Whether inputs are brought to the norm that the recipe expects, where the preset leaves that to the caller. */
  readonly scaled?: true;
}

/** α of AuxK, as in most of the libraries. */
const AUXILIARY = 1 / 32;
const DRAWN = 5;
/** What `--penalty log` is. */
const LOG_PENALTY = {
  kind: "log",
  coefficient: 0.2,
  epsilon: 0.1,
  subtractLogEpsilon: true,
} as const;
const FRACTIONS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

function own(label: string, more: Partial<Recipe> = {}): Recipe {
  return { label, preset: "default", prefixes: "drawn", ...more };
}

function library(preset: string, more: Partial<Recipe> = {}): Recipe {
  return { label: `\`${preset}\``, preset, prefixes: "preset", scaled: true, ...more };
}

/** All recipes, in the order of the table. */
export const RECIPES: readonly Recipe[] = [
  own("relu, log penalty, drawn prefixes"),
  own("relu, log penalty, fixed prefixes", { prefixes: "fixed" }),
  {
    label: "`authorCode`, log penalty, learning rate 0.003",
    preset: "authorCode",
    prefixes: "drawn",
    penalty: "log",
    learningRate: 0.003,
  },
  { label: "`authorCode`, as published: 0.03", preset: "authorCode", prefixes: "drawn" },
  ...(["topk", "batchtopk"] as const).flatMap((activation) =>
    (["drawn", "fixed"] as const).flatMap((prefixes) =>
      [undefined, AUXILIARY].map((auxiliary) => {
        const name = activation === "topk" ? "top-k" : "batch top-k";
        const label = `${name}, ${prefixes} prefixes${auxiliary ? ", AuxK" : ""}`;
        return own(label, { activation, prefixes, auxiliary });
      })
    )
  ),
  library("dictionaryMatryoshkaBatchTopK"),
  library("dictionaryBatchTopK"),
  library("dictionaryTopK"),
  library("dictionaryJumpReLU"),
  library("saelensJumpReLU"),
  library("saelensMatryoshkaBatchTopK"),
  library("matryoshkaSae", { scaled: undefined }),
  library("sparsifyTopK"),
  library("openaiTopK"),
];

/** Returns whether a recipe takes k, and not a target L0. */
function selects({ preset, activation }: Recipe): boolean {
  return activation !== undefined || /TopK|matryoshkaSae/.test(preset);
}

/** Returns the prefixes of a recipe, or how many are drawn; undefined if they are the preset's. */
function prefixesOf({ prefixes }: Recipe, latents: number): readonly number[] | number | undefined {
  if (prefixes === "preset") return undefined;
  return prefixes === "drawn" ? DRAWN : prefixesFromFractions(FRACTIONS, latents);
}

/** Returns the arguments of `train` that make it follow a recipe. */
export function recipeArguments(recipe: Recipe, latents: number, l0: number): string[] {
  const { preset, activation, auxiliary, learningRate, penalty, scaled } = recipe;
  const prefixes = prefixesOf(recipe, latents);
  return [
    ...["--preset", preset],
    ...activation ? ["--activation", activation] : [],
    ...[selects(recipe) ? "--k" : "--target-l0", `${l0}`],
    ...prefixes === undefined ? [] : ["--prefixes", `${prefixes}`],
    ...auxiliary === undefined ? [] : ["--auxiliary", `${auxiliary}`],
    ...learningRate === undefined ? [] : ["--learning-rate", `${learningRate}`],
    ...penalty === undefined ? [] : ["--penalty", penalty],
    ...scaled ? ["--input-scaling", "corrected"] : [],
  ];
}

/**
 * Returns a recipe's options for a trainer, at this L0. Where k must be a whole number of each row, it is rounded up: the
 * toy tree has parents and children.
 */
export function recipeOptions(recipe: Recipe, sizes: PresetSizes, l0: number): TrainerOptions {
  const { preset, activation, auxiliary, learningRate, penalty, scaled } = recipe;
  const perRow = activation === "topk" || /(?<!Batch)TopK$/.test(preset);
  const options = presetOptions(preset, {
    ...sizes,
    ...selects(recipe) ? { k: perRow ? Math.ceil(l0) : l0 } : { targetL0: l0 },
    ...recipe.prefixes !== "preset" && { prefixes: prefixesOf(recipe, sizes.latentCount) },
  }, { activation });
  const fixed = selects(recipe) ? { penalty: { kind: "none" } as const } : {};
  const steered = preset === "saelensJumpReLU" ? { targetL0: l0 } : {};
  return {
    ...options,
    ...activation !== undefined && fixed,
    ...steered,
    ...auxiliary !== undefined && { auxiliary: { weight: auxiliary } },
    ...learningRate !== undefined && { learningRate },
    ...penalty !== undefined && { penalty: LOG_PENALTY },
    ...scaled && { inputScaling: "corrected" },
  };
}
