/** Runs the commands whose results the pages quote. */

import type { StepMetrics } from "../../mod.ts";

const ROOT = new URL("../../", import.meta.url);

/** The result of a training run. */
export interface Trained {
  /** What the command printed on stdout. */
  readonly text: string;
  readonly history: readonly StepMetrics[];
  readonly seconds: number;
  /** FVU, L0 and the length of each prefix, on rows held out. */
  readonly prefixes: readonly {
    readonly prefix: number;
    readonly fvu: number;
    readonly l0: number;
  }[];
  /** The folder that it wrote. */
  readonly folder: string;
}

/** Runs the command line, and returns what it prints on stdout. */
export async function commandLine(args: readonly string[]): Promise<string> {
  console.error(`deno task ${args.join(" ")}`);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-R", "-W", "-E", "cli/main.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`Cannot compare figures: ${args[0]} ended with status ${code}`);
  return new TextDecoder().decode(stdout);
}

/** README's training command on `data`, with the given options instead of or beside its own. */
export async function train(
  data: string,
  folder: string,
  options: readonly string[] = [],
): Promise<Trained> {
  const text = await commandLine([
    ...["train", "--data", data, "--rows", "0:57344", "--eval-rows", "57344:"],
    ...["--latents", "1024", "--target-l0", "20", "--steps", "2500", "--batch", "1024"],
    ...["--shuffle-rows", "57344", "--backend", "wasm"],
    ...["--out", folder, "--no-report", ...options],
  ]);
  const record = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
  const { history, seconds, evaluation } = record;
  return { text, history, seconds, prefixes: evaluation.perPrefix, folder };
}
