/**
 * The autoencoder that `train --init` goes on from.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import {
  foldInputScale,
  type LoadedSae,
  presets,
  type RowRange,
  type Sae,
  saeFingerprint,
  type SaeParameters,
  type TrainerOptions,
} from "@matryoshka/sae";
import type { ActivationFiles } from "../files/activation_files.ts";
import { checkInputSize, readSae } from "../files/sae_files.ts";
import { norm, rowsOf } from "../sae/vectors.ts";
import { UsageError } from "../terminal/failure.ts";
import { chosenPreset } from "./chosen_preset.ts";
import type { CompletedArguments, GivenArguments } from "./train_arguments.ts";

/** The rows whose norms give an input scale that the files of the autoencoder do not hold. */
const SCALE_ROWS = 4096;

/** An autoencoder to go on from. */
export interface InitialSae {
  readonly path: string;
  readonly sae: LoadedSae;
  readonly fingerprint: string;
}

/** The parameters of a trainer that goes on from an autoencoder, and the input scale that they expect. */
export interface InitialParameters {
  readonly initial: SaeParameters;
  readonly initialInputScale?: number;
}

/**
 * Reads the autoencoder of `--init`.
 *
 * @throws {UsageError} if it lies in the folder that the run will write to, or cannot be trained.
 */
export async function readInitialSae(path: string, out: string): Promise<InitialSae> {
  const { sae } = await readSae(path);
  if (await isSamePlace(path, out)) {
    throw new UsageError(
      `Cannot train from --init ${path}: the result would replace it in --out ${out}`,
    );
  }
  const { kind } = sae.inputNormalization;
  if (kind === "layerNorm" || kind === "rowNorm") {
    throw new UsageError(
      `Cannot train from --init ${path}: its rows are normalised one by one ("${kind}"), which ` +
        "training does not do",
    );
  }
  return { path, sae, fingerprint: await saeFingerprint(sae) };
}

/** Returns whether a file or folder is the folder of the run, or lies directly in it. */
async function isSamePlace(path: string, out: string): Promise<boolean> {
  const [place, folder] = await Promise.all(
    [path, out].map((each) => realpath(each).catch(() => undefined)),
  );
  return place !== undefined && folder !== undefined &&
    (place === folder || dirname(place) === folder);
}

/** Fills in the arguments that may be left out with `--init`. */
export function completeArguments(given: GivenArguments, init?: InitialSae): CompletedArguments {
  const preset = chosenPreset(given);
  if (init === undefined) {
    const { latents, prefixes } = given;
    const { options } = presets.find(({ name }) => name === preset)!;
    if (latents === undefined) {
      throw new UsageError("Cannot train: --latents is missing; only --init makes up for it");
    }
    if (prefixes === undefined && options.prefixFractions === undefined) {
      throw new UsageError(
        "Cannot train: --prefixes is missing; only --init or a --preset with prefixes makes up for it",
      );
    }
    return { ...given, preset, latents };
  }
  const { path, sae } = init;
  const { latentCount: N } = sae.parameters;
  const { latents = N } = given;
  if (latents !== N) {
    throw new UsageError(
      `Cannot use --latents ${latents} with --init ${path}: its autoencoder has ${N} latents` +
        (latents < N ? "; convert --prefix cuts it" : ""),
    );
  }
  return {
    ...given,
    preset,
    latents,
    prefixes: given.prefixes ?? sae.prefixes ?? [N],
    model: given.model ?? sae.modelName,
    hook: given.hook ?? sae.hookName,
  };
}

/** Throws unless the run began with the autoencoder of `--init`, or with random parameters if there is none. */
export function checkStart(
  startedFrom: string | undefined,
  init: InitialSae | undefined,
  task: string,
): void {
  if (startedFrom === init?.fingerprint) return;
  const began = startedFrom === undefined
    ? "with random parameters"
    : `with the autoencoder ${startedFrom}`;
  const given = init === undefined
    ? "--init is not given"
    : `--init ${init.path} holds the autoencoder ${init.fingerprint}`;
  throw new Error(`Cannot ${task}: ${given} but the run began ${began}`);
}

/** Prints what may surprise in a run that goes on from an autoencoder. */
export function printInit({ path, sae }: InitialSae, given: GivenArguments): void {
  if (given.prefixes === undefined && sae.prefixes === undefined) {
    const { latentCount } = sae.parameters;
    console.error(
      `Note: ${path} names no prefixes: training uses one, of all ${latentCount} latents`,
    );
  }
  const { activation } = trainedFunction(sae);
  if (given.activation === undefined && activation.kind === "jumprelu") {
    console.error("Note: training does not change the thresholds of jumprelu");
  }
}

/**
 * Returns the function to train: the top-k selection that was trained, where the autoencoder is the jumprelu that
 * replaces it.
 */
export function trainedFunction(
  { activation, trainedActivation, subtractDecoderBias }: Sae,
): Pick<Sae, "activation" | "subtractDecoderBias"> {
  return { activation: trainedActivation ?? activation, subtractDecoderBias };
}

/**
 * Returns the parameters as a trainer takes them, on scaled inputs unless it scales none. If the files do not hold the
 * scale, it follows from the norms of the first rows.
 */
export async function initialParametersOf(
  { path, sae }: InitialSae,
  files: ActivationFiles,
  rows: Required<RowRange>,
  inputScaling: TrainerOptions["inputScaling"],
): Promise<InitialParameters> {
  checkInputSize(sae, files, `train from --init ${path}`);
  // Files whose scale is not known may say 1, too.
  const known = sae.inputScale === 1 ? undefined : sae.inputScale;
  const scale = known ?? await measureScale(files, rows);
  if (inputScaling === "none") {
    const isScaled = sae.inputNormalization.kind === "meanNorm";
    return { initial: isScaled ? foldInputScale(sae.parameters, scale) : sae.parameters };
  }
  // With "meanNorm" the parameters already expect inputs whose mean norm is √d.
  const initial = sae.inputNormalization.kind === "meanNorm"
    ? sae.parameters
    : foldInputScale(sae.parameters, 1 / scale);
  return { initial, initialInputScale: scale };
}

/** Returns the factor that gives the first rows a mean norm of √d. */
async function measureScale(files: ActivationFiles, { from, to }: Required<RowRange>) {
  const { inputSize: d } = files.description;
  const rows = { from, to: Math.min(to, from + SCALE_ROWS) };
  let sum = 0;
  await files.inOrder("rows for the input scale", { rows, batchRows: 1024 }, async (batches) => {
    for await (const batch of batches) {
      for (const row of rowsOf(batch, d)) sum += norm(row);
    }
  });
  return sum > 0 ? Math.sqrt(d) * (rows.to - rows.from) / sum : 1;
}
