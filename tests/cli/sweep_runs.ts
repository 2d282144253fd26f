/** Sweeps for tests: their arguments, and the single runs that they must equal. */
import { join } from "node:path";
import { trainArgs } from "./run_cli.ts";

/** The latents and L0 of {@linkcode sweepArgs}. */
export const LATENTS = [24, 40], TARGETS = [1, 2];

/** A short run without the options that a sweep takes lists of. Later options replace earlier ones. */
export function commonArgs(data: readonly string[], out: string, ...more: string[]): string[] {
  return trainArgs(data, out, "--steps", "40", ...more).slice(1);
}

/** A sweep of four runs. */
export function sweepArgs(data: readonly string[], out: string, ...more: string[]): string[] {
  const lists = ["--latents", LATENTS.join(), "--target-l0", TARGETS.join()];
  return ["sweep", ...commonArgs(data, out, ...lists, ...more)];
}

/** The folders of the runs of {@linkcode sweepArgs}. */
export const NAMES = LATENTS.flatMap((latents) =>
  TARGETS.map((target) => `default-${latents}-l0-${target}`)
);

/** Reads the autoencoders of a sweep. */
export const autoencodersOf = (out: string, names: readonly string[] = NAMES) =>
  Promise.all(names.map((name) => Deno.readFile(join(out, name, "sae.safetensors"))));
