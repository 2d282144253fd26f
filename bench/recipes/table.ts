/** The table of recipes. */
import type { RecipeRuns, RecipesResults } from "./results.ts";

/** Returns the mean of some values, with half of their range where it would show. */
function spread(values: readonly number[], digits: number): string {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  const around = half.toFixed(digits);
  return Number(around) === 0 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${around}`;
}

function row({ label, real, toy }: RecipeRuns): string[] {
  return [
    label,
    spread(real.map(({ l0 }) => l0), 1),
    spread(real.map(({ fvu }) => fvu), 3),
    ...[0, 1, 2].map((j) => spread(real.map(({ prefixFvu }) => prefixFvu[j]), 3)),
    spread(real.map(({ dead }) => dead), 0),
    spread(toy.map(({ l0 }) => l0), 2),
    spread(toy.map(({ fvu }) => fvu), 3),
    spread(toy.map(({ absorption }) => absorption), 2),
  ];
}

/** Returns each recipe with its quality on activations and on the toy tree. */
export function recipesTable(results: RecipesResults): string {
  const { recipes, latents, steps, l0, toySteps, environment } = results;
  const head = [
    ...["recipe", "L0", "FVU", "of 1/16", "of 1/8", "of 1/4", "dead"],
    ...["toy L0", "toy FVU", "absorption"],
  ];
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  const seeds = [...new Set(recipes.map(({ real }) => real.length))].toSorted((a, b) => a - b);
  const notes = [
    `${steps} steps, ${latents} latents, L0 or k ${l0}; measured on rows held out, from the files that \`train\` saved`,
    `Means over ${
      seeds.join(" or ")
    } seeds, ± half of the range; "of 1/16" is the FVU of the first sixteenth of the latents`,
    `The toy tree: ${toySteps} steps, 20 latents; absorption is the share of samples with an active child in which the ` +
    "latent of its parent is silent",
    `${environment.runtime}, commit ${environment.commit}`,
  ];
  const lines = [head, rule, ...recipes.map(row)].map((cells) => `| ${cells.join(" | ")} |`);
  return [...lines, "", ...notes.map((note) => `- ${note}.`)].join("\n");
}
