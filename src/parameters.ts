/**
 * The parameters of a sparse autoencoder, latent-major: the first p latents are a prefix of memory.
 *
 * @module
 */
import type { Random } from "./random.ts";

/**
 * Parameters, or their gradients, of a sparse autoencoder with N latents on inputs of size d:
 * f = act(x Eᵀ + b), x̂ = c + Σ_i f_i D_i.
 */
export interface SaeParameters {
  /** d, the size of an input (d_model). */
  readonly inputSize: number;
  /** N, the number of latents. */
  readonly latentCount: number;
  /** E, one row per latent: [N, d]. */
  readonly encoder: Float32Array;
  /** b: [N]. */
  readonly encoderBias: Float32Array;
  /** D, one row per latent: [N, d]. */
  readonly decoder: Float32Array;
  /** c: [d]. */
  readonly decoderBias: Float32Array;
}

/** The names of the four arrays of `SaeParameters`, in their order. */
export const PARAMETER_NAMES: readonly ["encoder", "encoderBias", "decoder", "decoderBias"] = [
  "encoder",
  "encoderBias",
  "decoder",
  "decoderBias",
];

/** The shape of each array of `SaeParameters`. */
export function parameterShapes(
  inputSize: number,
  latentCount: number,
): Record<typeof PARAMETER_NAMES[number], readonly number[]> {
  return {
    encoder: [latentCount, inputSize],
    encoderBias: [latentCount],
    decoder: [latentCount, inputSize],
    decoderBias: [inputSize],
  };
}

/**
 * Throws unless every array has the length that `inputSize` and `latentCount` ask for and holds
 * finite numbers only.
 */
export function checkParameters(parameters: SaeParameters, task: string): void {
  const { inputSize, latentCount } = parameters;
  checkCount(inputSize, "inputSize", task);
  checkCount(latentCount, "latentCount", task);
  for (const [name, shape] of Object.entries(parameterShapes(inputSize, latentCount))) {
    const values = parameters[name as typeof PARAMETER_NAMES[number]];
    const length = shape.reduce((a, b) => a * b, 1);
    if (!ArrayBuffer.isView(values)) {
      throw new TypeError(`Cannot ${task}: ${name} is ${typeof values}, not a Float32Array`);
    }
    if (values.length !== length) {
      throw new RangeError(
        `Cannot ${task}: ${name} must have [${shape}] = ${length} elements but has ${values.length}`,
      );
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(`Cannot ${task}: element ${bad} of ${name} is ${values[bad]}`);
    }
  }
}

/** Throws a RangeError unless `value` is a positive integer. */
export function checkCount(value: number, name: string, task: string): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`Cannot ${task}: ${name} must be a positive integer but is ${value}`);
  }
}

/**
 * The number of rows of a batch [rows, inputSize].
 *
 * @throws {RangeError} if there is no row, the last is incomplete, or a value is NaN, infinite or beyond
 * ±`most` (the message names the row).
 */
export function checkBatch(
  batch: Float32Array,
  inputSize: number,
  task: string,
  most: number = Number.MAX_VALUE,
): number {
  const rows = batch.length / inputSize;
  if (rows === 0) throw new RangeError(`Cannot ${task}: the batch has no rows`);
  if (!Number.isInteger(rows)) {
    throw new RangeError(
      `Cannot ${task}: the batch has ${batch.length} values, not a multiple of inputSize ${inputSize}`,
    );
  }
  for (let i = 0; i < batch.length; i++) {
    if (Math.abs(batch[i]) <= most) continue;
    const what = Number.isFinite(batch[i]) ? `, beyond ±${most}` : "";
    throw new RangeError(
      `Cannot ${task}: row ${Math.floor(i / inputSize)} of the batch has ${batch[i]}${what}`,
    );
  }
  return rows;
}

/**
 * Initial parameters by the author's conventions: E_i ~ normal/√d, D_i = 0.1 E_i/‖E_i‖, biases 0.
 *
 * @example
 * ```ts
 * import { initialParameters, Random } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const parameters = initialParameters(8, 24, Random.fromSeed(1));
 * assertEquals(parameters.encoder.length, 24 * 8);
 * ```
 */
export function initialParameters(
  inputSize: number,
  latentCount: number,
  random: Random,
): SaeParameters {
  checkCount(inputSize, "inputSize", "make initial parameters");
  checkCount(latentCount, "latentCount", "make initial parameters");
  const encoder = new Float32Array(latentCount * inputSize);
  const decoder = new Float32Array(latentCount * inputSize);
  for (let i = 0; i < latentCount; i++) {
    const row = encoder.subarray(i * inputSize, (i + 1) * inputSize);
    for (let k = 0; k < inputSize; k++) row[k] = random.normal() / Math.sqrt(inputSize);
    const norm = Math.hypot(...row) || 1;
    for (let k = 0; k < inputSize; k++) decoder[i * inputSize + k] = 0.1 * row[k] / norm;
  }
  const encoderBias = new Float32Array(latentCount), decoderBias = new Float32Array(inputSize);
  return { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias };
}

/**
 * The same autoencoder for raw inputs, when it was trained on inputs multiplied by `scale`:
 * E·scale, D/scale, c/scale. Activations stay the same.
 *
 * @throws {RangeError} if `scale` is not positive and finite.
 *
 * @example
 * ```ts
 * import { foldInputScale, initialParameters, Random } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const trained = initialParameters(8, 24, Random.fromSeed(1));
 * const raw = foldInputScale(trained, 2);
 * assertEquals(raw.encoder[0], 2 * trained.encoder[0]);
 * ```
 */
export function foldInputScale(parameters: SaeParameters, scale: number): SaeParameters {
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`Cannot fold the input scale: it must be positive but is ${scale}`);
  }
  return {
    ...parameters,
    encoder: parameters.encoder.map((value) => value * scale),
    encoderBias: parameters.encoderBias.slice(),
    decoder: parameters.decoder.map((value) => value / scale),
    decoderBias: parameters.decoderBias.map((value) => value / scale),
  };
}
