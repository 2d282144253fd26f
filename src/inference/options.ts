/**
 * The options of inference: checks them and fills in the defaults.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkInputNormalization, type InputNormalization, type Sae } from "../model/sae.ts";
import {
  type Activation,
  resolveActivation,
  type ResolvedActivation,
} from "../model/activation.ts";
import { checkParameters, foldInputScale, type SaeParameters } from "../model/parameters.ts";
import { checkPrefix } from "../model/latent_prefix.ts";
import { checkPrefixes } from "../model/prefixes.ts";
import { type AskedScreening, askedScreening } from "../model/screening.ts";
import type { ScreeningOption } from "./screening.ts";

/** The most values that the activations of a chunk would have if they were dense: 16 MiB. */
const CHUNK_VALUES = 2 ** 22;
/** Larger chunks make no backend faster. */
const MOST_CHUNK_ROWS = 1024;

/** How many rows are computed at a time. */
export interface ChunkOptions {
  /** Rows computed at a time. By default 1 to 1024: as many as 2²² values of N or d fill. */
  readonly chunkRows?: number;
  /**
   * The former name of `chunkRows`.
   *
   * @deprecated Use `chunkRows`.
   */
  readonly blockRows?: number;
}

/** Options of `SparseAutoencoder.fromParameters`. */
export interface InferenceOptions extends ChunkOptions, ScreeningOption {
  /** What follows the encoder's product; `{kind: "relu"}` by default. */
  readonly activation?: Activation;
  /** Whether the encoder sees x − c instead of x. Default false. */
  readonly subtractDecoderBias?: boolean;
  /**
   * How a row is normalised before the encoder; the decoder's output is scaled back. By default it is not.
   * "meanNorm" needs a number that a single row does not give: fold it with `foldInputScale`.
   */
  readonly inputNormalization?: InputNormalization;
  /** The prefix lengths used in training, or how many were drawn at each step. For information only. */
  readonly prefixes?: readonly number[] | number;
}

const INFERENCE_KEYS = /* @__PURE__ */ Object.keys(
  {
    activation: true,
    subtractDecoderBias: true,
    inputNormalization: true,
    prefixes: true,
    screening: true,
    chunkRows: true,
    blockRows: true,
  } satisfies Record<keyof InferenceOptions, true>,
);

/** How much of the autoencoder to use. */
export interface PrefixOption {
  /** The number of latents to use, the first ones: from 1 to N, by default N. */
  readonly prefix?: number;
}

/** Returns the prefix that the options of a call ask for, by default all N latents. */
export function prefixOf(options: PrefixOption, latentCount: number, task: string): number {
  checkObject(options, "options", task);
  checkKeys(options, ["prefix"], task);
  return checkPrefix(options.prefix ?? latentCount, latentCount, task);
}

/** Options of `SparseAutoencoder.encode`. */
export interface EncodeOptions {
  /**
   * Whether to bound the error of each activation, as `SparseCodes.errorBounds`. Only for an autoencoder that was
   * loaded from a file in int8, which holds the norms of its weights' errors. Default false.
   */
  readonly errorBounds?: boolean;
}

/** Checks the options of `encode`, and returns whether errors are to be bounded. */
export function wantsErrorBounds(options: EncodeOptions, task: string): boolean {
  checkObject(options, "options", task);
  checkKeys(options, ["errorBounds"], task);
  return checkBoolean(options.errorBounds ?? false, "errorBounds", task);
}

/** Which parts of an autoencoder to load. */
export interface PartsOption {
  /**
   * "encoder" leaves out the decoder, which takes half the memory: then only `encode` can be called, and
   * `errorBounds`. Of this package's own files its bytes are not read. Default "all".
   */
  readonly parts?: "all" | "encoder";
}

/** The names of {@linkcode PartsOption}. */
export const PARTS_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  { parts: true } satisfies Record<keyof PartsOption, true>,
);

/** Options of `SparseAutoencoder.fromSae`. */
export interface FromSaeOptions extends ChunkOptions, ScreeningOption {
  /**
   * The factor that scaled the inputs in training to a mean norm of √d. It is needed if `inputNormalization.kind`
   * is "meanNorm", because the file does not hold it, and is folded into the weights.
   */
  readonly inputScale?: number;
}

/** The names of {@linkcode FromSaeOptions}. */
export const FROM_SAE_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  { inputScale: true, screening: true, chunkRows: true, blockRows: true } satisfies Record<
    keyof FromSaeOptions,
    true
  >,
);

/** An autoencoder without its weights, checked. */
export interface ResolvedSae {
  readonly activation: Activation;
  readonly loss: ResolvedActivation & { readonly subtractDecoderBias: boolean };
  readonly inputNormalization: InputNormalization;
  readonly prefixes: readonly number[] | number | undefined;
  readonly chunkRows: number;
  readonly screening: AskedScreening;
}

let warned = false;

/**
 * Returns the rows to compute at a time, if options give them. The former name, `blockRows`, is accepted with a
 * warning, once per process.
 */
function askedChunkRows({ chunkRows, blockRows }: ChunkOptions, task: string): number | undefined {
  if (blockRows === undefined) return chunkRows;
  checkInteger(blockRows, "blockRows", task);
  if (chunkRows !== undefined && chunkRows !== blockRows) {
    throw new RangeError(
      `Cannot ${task}: chunkRows is ${chunkRows} but blockRows, its former name, is ${blockRows}`,
    );
  }
  if (!warned) console.warn("@matryoshka/sae: the option `blockRows` is now called `chunkRows`");
  warned = true;
  return blockRows;
}

/** Checks parameters and options. Copies the arrays among the options, so that the caller may reuse them. */
export function resolveSae(
  parameters: SaeParameters,
  options: InferenceOptions,
  task: string,
): ResolvedSae {
  checkParameters(parameters, task);
  return resolveOptions(parameters, options, task);
}

/** Checks options for an autoencoder of this size, and copies the arrays among them. */
export function resolveOptions(
  { inputSize, latentCount }: Pick<SaeParameters, "inputSize" | "latentCount">,
  options: InferenceOptions,
  task: string,
): ResolvedSae {
  checkObject(options, "options", task);
  checkKeys(options, INFERENCE_KEYS, task);
  const { activation = { kind: "relu" }, subtractDecoderBias = false, prefixes } = options;
  const { selection, k, threshold } = resolveActivation(activation, latentCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  const kept = threshold?.slice();
  if (typeof prefixes === "number") checkInteger(prefixes, "prefixes", task);
  else if (prefixes !== undefined) checkPrefixes(prefixes, latentCount, task);
  const most = Math.floor(CHUNK_VALUES / Math.max(inputSize, latentCount));
  const chunkRows = askedChunkRows(options, task) ?? Math.min(Math.max(most, 1), MOST_CHUNK_ROWS);
  return {
    activation: kept ? { kind: "jumprelu", threshold: kept } : { ...activation },
    loss: { selection, k, threshold: kept, subtractDecoderBias },
    inputNormalization: resolveNormalization(options.inputNormalization, inputSize, task),
    prefixes: typeof prefixes === "object" ? [...prefixes] : prefixes,
    chunkRows: checkInteger(chunkRows, "chunkRows", task),
    screening: askedScreening(options, task),
  };
}

function resolveNormalization(
  normalization: InputNormalization = { kind: "none" },
  inputSize: number,
  task: string,
): InputNormalization {
  checkInputNormalization(normalization, task);
  const { kind } = normalization;
  if (kind === "meanNorm") {
    throw new RangeError(
      `Cannot ${task}: inputNormalization "meanNorm" needs a scale that is not given here; fold it into the ` +
        "parameters with foldInputScale, and leave inputNormalization out",
    );
  }
  if (kind !== "layerNorm") return { kind };
  if (inputSize === 1) {
    throw new RangeError(
      `Cannot ${task}: inputNormalization "layerNorm" needs rows of at least 2 values but inputSize is 1`,
    );
  }
  return { kind, epsilon: normalization.epsilon };
}

/** Returns what `fromParameters` takes, from an autoencoder and the options of `fromSae`. */
export function runnableSae(
  sae: Sae,
  options: FromSaeOptions,
  task: string,
): InferenceOptions & { readonly parameters: SaeParameters } {
  const { parameters, inputNormalization } = sae;
  const { inputScale } = options;
  checkInputScale(inputNormalization, inputScale, task);
  const common = inferenceOptions(sae, options);
  return inputScale === undefined ? { ...common, parameters } : {
    ...common,
    inputNormalization: undefined,
    parameters: foldInputScale(parameters, inputScale),
  };
}

/** Returns the options of `fromParameters` for an autoencoder whose inputs need no scale. */
export function inferenceOptions(
  { activation, subtractDecoderBias, prefixes, inputNormalization }: Omit<Sae, "parameters">,
  { inputScale: _, ...options }: FromSaeOptions,
): InferenceOptions {
  return { activation, subtractDecoderBias, prefixes, inputNormalization, ...options };
}

/** Throws unless the scale of inputs is given where it is needed, and only there. */
export function checkInputScale(
  inputNormalization: InputNormalization | undefined,
  inputScale: number | undefined,
  task: string,
): void {
  const scaled = inputNormalization?.kind === "meanNorm";
  if (scaled === (inputScale !== undefined)) return;
  throw new RangeError(
    `Cannot ${task}: ` +
      (scaled
        ? 'its rows were scaled to a mean norm of √d ("meanNorm") by a factor that its file does not hold: ' +
          "inputScale must be given but is undefined"
        : `inputScale is ${inputScale} but only a "meanNorm" autoencoder takes one`),
  );
}
