/**
 * The parameters of a sparse autoencoder, latent-major, so that the first p latents are contiguous in memory.
 *
 * @module
 */
import { checkArraySize, makeArray } from "../base/array_size.ts";
import {
  checkFinite,
  checkFloats,
  checkInteger,
  checkMethods,
  checkNumber,
  checkObject,
} from "../base/checks.ts";
import type { Random } from "../base/random.ts";
import { dot } from "../base/vectors.ts";

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

/** Returns the shape of each array of `SaeParameters`. */
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
 * Throws unless every array is a Float32Array of finite numbers whose length fits `inputSize` and `latentCount`.
 * Errors call the parameters by `name`.
 */
export function checkParameters(
  parameters: SaeParameters,
  task: string,
  name: string = "parameters",
): void {
  checkObject(parameters, name, task);
  const { inputSize, latentCount } = parameters;
  checkInteger(inputSize, "inputSize", task);
  checkInteger(latentCount, "latentCount", task);
  const shapes = parameterShapes(inputSize, latentCount);
  for (const name of PARAMETER_NAMES) {
    const values = parameters[name];
    const shape = shapes[name];
    const length = shape.reduce((a, b) => a * b, 1);
    checkFloats(values, name, task);
    if (values.length !== length) {
      throw new RangeError(
        `Cannot ${task}: ${name} must have [${shape}] = ${length} elements but has ${values.length}`,
      );
    }
  }
  checkFiniteParameters(parameters, task);
}

/** Throws a RangeError that names the first element that is NaN or infinite, with `mark` (such as ∂) before it. */
export function checkFiniteParameters(parameters: SaeParameters, task: string, mark = ""): void {
  for (const name of PARAMETER_NAMES) checkFinite(parameters[name], mark + name, task);
}

/**
 * Makes initial parameters by the conventions of the author's code: E_i ~ normal/√d, D_i = 0.1 E_i/‖E_i‖, biases 0.
 *
 * @param inputSize d.
 * @param latentCount N.
 * @param random The generator of the normal numbers, which is advanced.
 * @throws {TypeError} if a size is not a number, or `random` is not a generator.
 * @throws {RangeError} if a size is not an integer of at least 1.
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
  const task = "make initial parameters";
  checkInteger(inputSize, "inputSize", task);
  checkInteger(latentCount, "latentCount", task);
  checkArraySize({ latentCount, inputSize }, task);
  checkMethods(random, ["normal"], "random", "a Random", task);
  return initialLatents(inputSize, { from: 0, to: latentCount }, random);
}

/** The law of initial parameters: see `Initialization`. */
export interface InitialLaw {
  readonly law: "normal" | "uniform";
  readonly decoderNorm: number;
  readonly encoderNorm?: number;
}

/**
 * Makes the initial parameters of some latents: the same numbers that `initialParameters` gives them. The numbers of
 * earlier latents are drawn and dropped.
 */
export function initialLatents(
  inputSize: number,
  { from, to }: { readonly from: number; readonly to: number },
  random: Random,
  { law, decoderNorm, encoderNorm }: InitialLaw = { law: "normal", decoderNorm: 0.1 },
): SaeParameters {
  const task = "make initial parameters";
  const latentCount = to - from;
  // Both laws have variance 1.
  const draw = law === "normal"
    ? () => random.normal()
    : () => Math.sqrt(3) * (2 * random.uniform() - 1);
  const encoder = makeArray(Float32Array, { latentCount, inputSize }, task);
  const decoder = makeArray(Float32Array, { latentCount, inputSize }, task);
  for (let n = 0; n < from * inputSize; n++) draw();
  for (let i = 0; i < latentCount; i++) {
    const row = encoder.subarray(i * inputSize, (i + 1) * inputSize);
    for (let k = 0; k < inputSize; k++) row[k] = draw() / Math.sqrt(inputSize);
    const norm = Math.sqrt(dot(row, row)) || 1;
    for (let k = 0; k < inputSize; k++) decoder[i * inputSize + k] = decoderNorm * row[k] / norm;
    if (encoderNorm === undefined) continue;
    for (let k = 0; k < inputSize; k++) row[k] *= encoderNorm / norm;
  }
  const encoderBias = new Float32Array(latentCount);
  const decoderBias = new Float32Array(inputSize);
  return { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias };
}

/** Returns the parameters of some latents, as views. */
export function latentsOf(
  parameters: SaeParameters,
  { from, to }: { readonly from: number; readonly to: number },
): SaeParameters {
  const { inputSize: d, encoder, encoderBias, decoder, decoderBias } = parameters;
  return {
    inputSize: d,
    latentCount: to - from,
    encoder: encoder.subarray(from * d, to * d),
    encoderBias: encoderBias.subarray(from, to),
    decoder: decoder.subarray(from * d, to * d),
    decoderBias,
  };
}

/**
 * Makes an autoencoder that was trained on inputs multiplied by `scale` take and give raw inputs: E·scale, D/scale,
 * c/scale. Activations stay the same.
 *
 * @param parameters The autoencoder as it was trained; it is not changed.
 * @param scale The factor that inputs were multiplied by, as from `Trainer.inputScale`.
 * @throws {TypeError} if a value has the wrong type.
 * @throws {RangeError} if `scale` is not positive and finite, a length is wrong, or a value is not finite,
 * before or after.
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
  const task = "fold the input scale";
  checkParameters(parameters, task);
  checkNumber(scale, "scale", task, { above: 0 });
  const folded = {
    ...parameters,
    encoder: parameters.encoder.map((value) => value * scale),
    encoderBias: parameters.encoderBias.slice(),
    decoder: parameters.decoder.map((value) => value / scale),
    decoderBias: parameters.decoderBias.map((value) => value / scale),
  };
  checkFiniteParameters(folded, task);
  return folded;
}
