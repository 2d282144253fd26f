/**
 * Compares training recipes at equal L0 and equal steps:
 *
 *     deno task bench:recipes --data residual.safetensors --json recipes.json
 *     deno task bench:recipes --data residual.safetensors --steps 50 --toy-steps 100 --seeds 1     tries the bench
 *
 * The data are those of `deno task figures`, and the sizes those of README's training command. `train` makes each
 * autoencoder, and `eval` measures the file on rows held out; on the toy tree, absorption is measured. A file of results
 * is written after every run; with `--continue` the runs that it holds are not made again.
 */
import { parseArgs } from "node:util";
import { createBackend } from "../mod.ts";
import { lookUpEnvironment } from "./harness/environment.ts";
import { writeResults } from "./harness/results_file.ts";
import { trainOnData } from "./recipes/real.ts";
import { RECIPES } from "./recipes/recipes.ts";
import type { RecipeRuns, RecipesResults } from "./recipes/results.ts";
import { recipesTable } from "./recipes/table.ts";
import { trainOnToyTree } from "./recipes/toy.ts";
import { SIZES } from "./training/participants.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    steps: { type: "string", default: "2500" },
    "toy-steps": { type: "string", default: "10000" },
    seeds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    continue: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help || values.data === undefined) {
  console.log(`deno task bench:recipes --data FILE
  --data FILE           the activations that the pages describe
  --steps COUNT         steps of a run on them (2500)
  --toy-steps COUNT     steps of a run on the toy tree (10000)
  --seeds COUNT         runs of each recipe (3)
  --only PATTERN        only the recipes whose name matches
  --json FILE           write the results, after each run
  --continue            keep the runs that --json holds`);
  Deno.exit(values.help ? 0 : 2);
}
const data = await Deno.realPath(values.data);
const [steps, toySteps, seeds] = [values.steps, values["toy-steps"], values.seeds].map(Number);
const recorded: RecipesResults | undefined = values.continue && values.json
  ? JSON.parse(await Deno.readTextFile(values.json))
  : undefined;

const environment = await lookUpEnvironment();
const chosen = RECIPES.filter(({ label }) => new RegExp(values.only).test(label));
const runs = new Map<string, RecipeRuns>(
  (recorded?.recipes ?? []).map((recipe) => [recipe.label, recipe]),
);

function results(): RecipesResults {
  const { latents, targetL0: l0 } = SIZES;
  const recipes = RECIPES.flatMap(({ label }) => runs.get(label) ?? []);
  return { kind: "recipes", environment, latents, steps, l0, toySteps, recipes };
}

const backend = await createBackend("wasm", { threads: 1 });
// All recipes with one seed, then with the next: what an interruption leaves is a table, too.
for (let seed = 0; seed < seeds; seed++) {
  for (const recipe of chosen) {
    const { label } = recipe;
    const { real, toy } = runs.get(label) ?? { real: [], toy: [] };
    if (real.length > seed) continue;
    const folder = await Deno.makeTempDir();
    try {
      const onData = await trainOnData(recipe, { data, steps, seed, folder: `${folder}/run` });
      const onTree = await trainOnToyTree(backend, recipe, { steps: toySteps, seed });
      runs.set(label, { label, real: [...real, onData], toy: [...toy, onTree] });
      console.error(`${label}, seed ${seed}: ${JSON.stringify(onData)} ${JSON.stringify(onTree)}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    if (values.json) await writeResults(values.json, results());
  }
}
backend[Symbol.dispose]();
console.log(recipesTable(results()));
