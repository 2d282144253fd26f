/** Trains a recipe on activations with `train`, and measures what it saved with `eval`. */
import { SIZES } from "../training/participants.ts";
import { type Recipe, recipeArguments } from "./recipes.ts";
import type { RealRun } from "./results.ts";

const ROOT = new URL("../../", import.meta.url);
const FRACTIONS = [1 / 16, 1 / 8, 1 / 4, 1];

/** How to run a recipe. */
export interface RealTraining {
  readonly data: string;
  readonly steps: number;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
}

async function run(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-R", "-W", "-E", "cli/main.ts", ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  throw new Error(`Cannot compare recipes: ${args[0]} failed: ${lines.slice(-3).join(" / ")}`);
}

/** Runs a recipe with the sizes of README's training command. */
export async function trainOnData(recipe: Recipe, training: RealTraining): Promise<RealRun> {
  const { data, steps, seed, folder } = training;
  const { rows, latents, batch, targetL0 } = SIZES;
  const backend = ["--backend", "wasm", "--threads", "1"];
  await run([
    ...["train", "--data", data, "--rows", `0:${rows}`, "--latents", `${latents}`],
    ...["--steps", `${steps}`, "--batch", `${batch}`, "--shuffle-rows", `${rows}`],
    ...["--seed", `${seed}`, "--no-report", "--out", folder, ...backend],
    ...recipeArguments(recipe, latents, targetL0),
  ]);
  const prefixes = FRACTIONS.map((fraction) => fraction * latents).join();
  const measured = JSON.parse(
    await run(["eval", folder, data, "--rows", `${rows}:`, "--prefixes", prefixes, "--json"]),
  );
  const fvu: number[] = measured.perPrefix.map((each: { fvu: number }) => each.fvu);
  return {
    l0: measured.l0,
    fvu: fvu.at(-1)!,
    prefixFvu: fvu.slice(0, -1),
    dead: measured.deadLatents,
  };
}
