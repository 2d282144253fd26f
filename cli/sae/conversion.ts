/**
 * Changes an autoencoder between reading and writing it, and finds what a format loses.
 *
 * @module
 */
import {
  foldInputMean,
  foldInputScale,
  jumpReluOf,
  type LoadedSae,
  prefixOfSae,
  type Sae,
  type SaeFormat,
} from "@matryoshka/sae";
import { asUsage, UsageError } from "../terminal/failure.ts";
import { counted, formatNumber, thereAre } from "../terminal/text.ts";

/** The changes to make. */
export interface ConversionOptions {
  /** The number of first latents to keep. */
  readonly prefix?: number;
  /** The factor that inputs were multiplied by in training. */
  readonly inputScale?: number;
  /** The mean that was subtracted from inputs before they were scaled: [d]. */
  readonly mean?: Float32Array;
  /** The threshold with which batchtopk becomes jumprelu. */
  readonly threshold?: number;
  /** The model whose activations the autoencoder takes, if not the one that the file names. */
  readonly model?: string;
  /** The point in the model where these activations are taken, if not the one that the file names. */
  readonly hook?: string;
}

/** The autoencoder to write, and notes on what has changed. */
export interface Conversion {
  readonly sae: Sae;
  readonly notes: string[];
}

/** Applies the threshold, the prefix, and the scale and mean of inputs that the options give. */
export function convertSae(loaded: LoadedSae, options: ConversionOptions): Conversion {
  const notes: string[] = [];
  const { source, ...rest } = loaded;
  if (source.dtype === "F64") notes.push("weights in F64 are read as F32: they were rounded");
  let sae: Sae = rest;
  if (options.threshold !== undefined) sae = withThreshold(sae, options.threshold);
  if (options.prefix !== undefined) sae = withPrefix(sae, options.prefix, notes);
  sae = onRawInputs(sae, options);
  const { model: modelName = sae.modelName, hook: hookName = sae.hookName } = options;
  return { sae: { ...sae, modelName, hookName }, notes };
}

/** Replaces batchtopk by jumprelu with one threshold for all latents, which does not depend on the batch. */
function withThreshold(sae: Sae, threshold: number): Sae {
  const { activation } = sae;
  if (activation.kind !== "batchtopk") {
    throw new UsageError(
      `Cannot use --threshold ${threshold}: the activation must be batchtopk but is ${activation.kind}`,
    );
  }
  return asUsage(() => jumpReluOf(sae, threshold));
}

function withPrefix(sae: Sae, p: number, notes: string[]): Sae {
  const { parameters, activation, prefixes } = sae;
  const { latentCount: N } = parameters;
  if (p > N) throw new UsageError(`Cannot use --prefix ${p}: ${thereAre(N, "latent")}`);
  if (p === N) return sae;
  if (Array.isArray(prefixes) && !prefixes.includes(p)) {
    notes.push(`${p} is not one of the prefixes that it was trained with (${prefixes.join(", ")})`);
  } else if (prefixes === undefined) {
    notes.push("the file names no prefixes: its first latents may mean nothing on their own");
  }
  if (activation.kind === "topk" || activation.kind === "batchtopk") {
    notes.push(
      `${activation.kind} now selects among ${
        counted(p, "latent")
      }, which changes which of them are active`,
    );
  }
  return prefixOfSae(sae, p);
}

/**
 * Folds the input scale into the autoencoder, so that it takes raw inputs.
 *
 * @param task The task for error messages, such as `evaluate sae.safetensors`.
 */
export function rawSae<T extends Sae>(sae: T, inputScale: number | undefined, task: string): T {
  checkScaleKnown(sae, inputScale, task);
  return asUsage(() => onRawInputs(sae, { inputScale }));
}

/** Throws if inputs must be multiplied by a factor that is not known. */
export function checkScaleKnown(sae: Sae, inputScale: number | undefined, task: string): void {
  if (sae.inputNormalization?.kind !== "meanNorm" || inputScale !== undefined) return;
  throw new UsageError(
    `Cannot ${task}: its inputs were multiplied by a factor that the file does not hold; ` +
      "--input-scale gives it",
  );
}

/** Folds scale and mean into the weights. Training saw (x − mean)·scale, so the scale is folded first. */
function onRawInputs<T extends Sae>(sae: T, { inputScale, mean }: ConversionOptions): T {
  const kind = sae.inputNormalization?.kind ?? "none";
  if (kind === "layerNorm" || kind === "rowNorm") {
    const flag = inputScale !== undefined ? "--input-scale" : mean ? "--mean" : undefined;
    if (flag === undefined) return sae;
    throw new UsageError(
      `Cannot use ${flag}: rows are normalised one by one ("${kind}") before the encoder, ` +
        "so an earlier change to them cannot be folded into the weights",
    );
  }
  let { parameters } = sae;
  if (inputScale !== undefined) parameters = foldInputScale(parameters, inputScale);
  if (mean !== undefined) parameters = foldInputMean(parameters, mean, sae.subtractDecoderBias);
  const normalization = inputScale === undefined ? sae.inputNormalization : undefined;
  return {
    ...sae,
    parameters,
    inputNormalization: normalization ?? { kind: "none" },
    inputScale: inputScale === undefined ? sae.inputScale : inputScale * (sae.inputScale ?? 1),
  };
}

/** Lists in words what the written files, read back, do not say or say differently. */
export function findLosses(from: LoadedSae, sae: Sae, back: LoadedSae): string[] {
  const lost: string[] = [];
  if (JSON.stringify(sae.prefixes) !== JSON.stringify(back.prefixes) && sae.prefixes) {
    const { prefixes } = sae;
    const what = typeof prefixes === "number"
      ? `that ${prefixes} prefixes were drawn at each step`
      : `the prefixes ${prefixes.join(", ")}`;
    lost.push(`${back.source.format} cannot record ${what}`);
  }
  for (const [what, key] of [["model", "modelName"], ["hook", "hookName"]] as const) {
    if (sae[key] === undefined || sae[key] === back[key]) continue;
    lost.push(`${back.source.format} cannot record the ${what} ${sae[key]}`);
  }
  const { trainedActivation } = sae;
  if (trainedActivation && !back.trainedActivation) {
    const { kind, k } = trainedActivation;
    lost.push(`${back.source.format} cannot record that it was trained as ${kind} with k ${k}`);
  }
  if (sae.training && !back.training) {
    lost.push(`${back.source.format} cannot record how it was trained`);
  }
  if (sae.activation.kind !== back.activation.kind) {
    lost.push(`${sae.activation.kind} is written as ${back.activation.kind}, which does the same`);
  }
  if (sae.subtractDecoderBias !== back.subtractDecoderBias) {
    const sees = (subtracts: boolean) => subtracts ? "x − c" : "x";
    lost.push(
      `the encoder sees ${sees(back.subtractDecoderBias)} instead of ` +
        `${sees(sae.subtractDecoderBias)}; its bias makes up for that`,
    );
  }
  const kept = Object.keys(furtherMetadata(back));
  const keys = Object.keys(furtherMetadata(from)).filter((key) => !kept.includes(key));
  if (keys.length > 0) {
    lost.push(`not kept from the configuration: ${keys.join(", ")}`);
  }
  return lost;
}

// Keys that repeat the weights or other fields of an autoencoder, or name the writer of the file.
const REPEATED = [
  ...["sae_lens_version", "sae_lens_training_version", "matryoshka_widths", "created_by"],
  ...["dict_class", "activation_dim", "dict_size", "k", "group_sizes"],
  ...["model_name", "hook_name", "lm_name", "submodule_name"],
];

/** Returns the rest of a configuration, such as the layer of the model. */
export function furtherMetadata({ source }: LoadedSae): Record<string, unknown> {
  const within: Partial<Record<SaeFormat, string>> = {
    saelens: "metadata",
    dictionary_learning: "trainer",
  };
  const values = source.config[within[source.format] ?? ""] ?? {};
  return Object.fromEntries(Object.entries(values).filter(([key]) => !REPEATED.includes(key)));
}

const PARAMETER_NAMES = ["encoder", "encoderBias", "decoder", "decoderBias"] as const;

/** Names the arrays of an autoencoder. */
function arrays({ parameters, activation }: Sae): [string, Float32Array][] {
  const named = PARAMETER_NAMES.map((name): [string, Float32Array] => [name, parameters[name]]);
  return "threshold" in activation ? [...named, ["threshold", activation.threshold]] : named;
}

/** Describes how the weights of two autoencoders of the same shape differ. */
export function weightChanges(before: Sae, after: Sae): string {
  const others = new Map(arrays(after));
  const changes = arrays(before).flatMap(([name, a]) => {
    const b = others.get(name)!;
    let count = 0, most = 0, largest = 0;
    for (let i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i]));
      // −0 and 0 are equal but differ in a bit.
      if (Object.is(a[i], b[i])) continue;
      count++;
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    if (count === 0) return [];
    return `${name}: ${count} of ${a.length}, by at most ${
      formatNumber(most)
    } where the largest is ${formatNumber(largest)}`;
  });
  return changes.length === 0
    ? "weights are the same, bit for bit"
    : `weights changed, ${changes.join("; ")}`;
}

/** Describes by how much the rows of two autoencoders of the same shape differ, relative to their lengths. */
export function rowErrors(before: Sae, after: Sae): string {
  const { inputSize: d, latentCount: N } = before.parameters;
  const parts = (["encoder", "decoder"] as const).map((name) => {
    const a = before.parameters[name], b = after.parameters[name];
    let sum = 0, most = 0;
    for (let i = 0; i < N; i++) {
      let square = 0, error = 0;
      for (let e = i * d; e < (i + 1) * d; e++) {
        square += a[e] ** 2;
        error += (a[e] - b[e]) ** 2;
      }
      const relative = square === 0 ? 0 : Math.sqrt(error / square);
      sum += relative;
      most = Math.max(most, relative);
    }
    return `${name} ${errorPercent(sum / N)} on average, at most ${errorPercent(most)}`;
  });
  return `Relative error of a latent's row: ${parts.join("; ")}`;
}

const errorPercent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
