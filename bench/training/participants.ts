/** Runs README's training command by the recipe of the method's author, and the same training in PyTorch. */

import { nativeEnvironment } from "../harness/native_environment.ts";

const ROOT = new URL("../../", import.meta.url);

/** A training; `steps` may be fewer to try the bench. */
export interface Training {
  readonly data: string;
  readonly steps: number;
  readonly threads: number;
  /** An empty folder for the run. */
  readonly folder: string;
}

/** What a run gives. */
export interface Outcome {
  readonly description: string;
  readonly seconds: number;
  readonly fvu: number;
  readonly l0: number;
  readonly digest?: string;
}

/** The numbers of README's command, and five drawn prefixes. */
export const SIZES = {
  rows: 57344,
  latents: 1024,
  prefixes: 5,
  batch: 1024,
  targetL0: 20,
} as const;

/** The rows that are trained on; the others are held out. */
export const TRAINED_ROWS: number = SIZES.rows;

async function run(command: string, options: Deno.CommandOptions): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    ...options,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  throw new Error(`Cannot time a training run: ${lines.slice(-3).join(" / ")}`);
}

/** Runs the command line with further options. */
export async function trainPackage(
  { data, steps, threads, folder }: Training,
  options: readonly string[],
): Promise<Outcome> {
  const { rows, latents, prefixes, batch, targetL0 } = SIZES;
  await run(Deno.execPath(), {
    args: [
      ...["run", "-R", "-W", "-E", "cli/main.ts", "train", "--data", data, "--preset", "default"],
      ...["--rows", `0:${rows}`, "--eval-rows", `${rows}:`, "--latents", `${latents}`],
      ...["--prefixes", `${prefixes}`, "--steps", `${steps}`, "--batch", `${batch}`],
      ...["--shuffle-rows", `${rows}`, "--target-l0", `${targetL0}`, "--backend", "wasm"],
      ...["--threads", `${threads}`, "--out", folder, ...options],
    ],
    cwd: ROOT,
  });
  const record = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
  const { backend } = record.environment;
  const { fvu, l0 } = record.evaluation.perPrefix.at(-1);
  const file = await Deno.readFile(`${folder}/sae.safetensors`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file)).toHex();
  const description = `@matryoshka/sae ${backend.name}, ${backend.description}`;
  return { description, seconds: record.seconds, fvu, l0, digest };
}

/** Trains in PyTorch, with OpenBLAS free to choose its kernels. */
export async function trainPyTorch(
  { data, steps, threads, folder }: Training,
): Promise<Outcome> {
  const results = `${folder}/results.json`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${folder}/job.json`,
    JSON.stringify({ ...SIZES, data, steps, threads, results }),
  );
  await run("/usr/bin/python3", {
    args: [new URL("pytorch_training.py", import.meta.url).pathname, `${folder}/job.json`],
    clearEnv: true,
    env: nativeEnvironment(threads),
  });
  const { version, ...measured } = JSON.parse(await Deno.readTextFile(results));
  return { description: `PyTorch ${version}, as published`, ...measured };
}
