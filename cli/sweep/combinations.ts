/**
 * The runs of a sweep: every preset with every number of latents and every L0.
 *
 * @module
 */
import { completeArguments } from "../training/initial_sae.ts";
import { UsageError } from "../terminal/failure.ts";
import { trainerOptions } from "../training/trainer_options.ts";
import type { SweepArguments } from "./sweep_arguments.ts";

type CompleteArguments = ReturnType<typeof completeArguments>;

/** A run of a sweep. */
export interface Combination {
  /** The name of its folder within that of the sweep. */
  readonly name: string;
  /** The arguments with which `train` trains the same autoencoder alone. */
  readonly args: CompleteArguments;
}

/**
 * Returns the runs in the order of their options.
 *
 * @throws {UsageError} if `train` would reject a combination, or two have the same name.
 */
export function combinationsOf(sweep: SweepArguments, inputSize: number): Combination[] {
  const { latents, targetL0 = [undefined], preset: presets = [undefined] } = sweep;
  // What takes a list is replaced in its place, so that the record of a run has the order of `train`.
  const common = { ...sweep, targetL0: undefined, resume: undefined };
  const all = presets.flatMap((asked) =>
    latents.flatMap((latents) =>
      targetL0.map((target): Combination => {
        const args = completeArguments({ ...common, preset: asked, latents });
        const place = [args.preset.replaceAll(/[^\w.-]+/g, "-"), latents];
        if (target === undefined) return named(place, args);
        return selectsTopK(args, target, inputSize)
          ? named([...place, "k", target], { ...args, k: target })
          : named([...place, "l0", target], { ...args, targetL0: target });
      })
    )
  );
  const names = all.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return all;
  throw new UsageError(`Cannot sweep: two runs would have the name ${twice}`);
}

const named = (parts: readonly (string | number)[], args: CompleteArguments): Combination => {
  const name = parts.join("-");
  return { name, args: { ...args, out: `${args.out}/${name}` } };
};

/** Returns whether a run keeps the k largest activations, so that its L0 is k and not steered by λ. */
function selectsTopK(args: CompleteArguments, k: number, inputSize: number): boolean {
  try {
    const { activation } = trainerOptions({ ...args, k }, inputSize);
    return activation !== undefined && "k" in activation;
  } catch (error) {
    // Without top-k there is no k, and some presets need a target.
    if (error instanceof UsageError) return false;
    throw error;
  }
}
