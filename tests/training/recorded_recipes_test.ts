import { assertEquals } from "@std/assert";
import { backends } from "../backends.ts";
import { recordedRecipes } from "../golden/recipes.ts";
import { EVERY_WAY } from "../matrix.ts";
import { ALGORITHMS } from "./golden_runs.ts";
import { followRecipe, recipeComplaints } from "./recorded_recipes.ts";

/**
 * Float64 follows a run to 3e-15. No selection of a run hangs on a gap below 2e-7 of the activations, and float32
 * storage alone stays within 1e-6 of its parameters, the largest of which are 1.
 */
const toleranceOf = (backend: string) => backend === "reference" ? 1e-10 : 1e-5;

/** Where time is short, each run is followed by one of the algorithms, in turn. */
const takesTurns = (backend: string) => backend === "webgpu" && !EVERY_WAY;

for (const { name: backendName, create } of backends) {
  for (const [turn, algorithm] of ALGORITHMS.entries()) {
    Deno.test(`${backendName}: Trainer follows the runs of other libraries (${algorithm})`, async (t) => {
      using backend = await create();
      for (const [n, run] of (await recordedRecipes()).entries()) {
        if (takesTurns(backendName) && n % ALGORITHMS.length !== turn) continue;
        await t.step(`${run.library} ${run.name}`, async () => {
          const followed = await followRecipe(backend, run, algorithm);
          assertEquals(recipeComplaints(run, followed, toleranceOf(backendName)), []);
        });
      }
    });
  }
}
