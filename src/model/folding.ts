/**
 * Rewrites the parameters of an autoencoder without changing its function: decoder norms and biases are folded.
 *
 * @module
 */
import { checkParameters, type SaeParameters } from "./parameters.ts";
import type { Activation } from "./activation.ts";
import type { Sae } from "./sae.ts";

/** Returns ‖D_i‖₂ of each latent, summed in float64. */
export function decoderNorms({ inputSize: d, latentCount, decoder }: SaeParameters): Float64Array {
  return Float64Array.from({ length: latentCount }, (_, i) => {
    let sum = 0;
    for (let k = i * d; k < (i + 1) * d; k++) sum += decoder[k] * decoder[k];
    return Math.sqrt(sum);
  });
}

// A row that was divided by its norm and rounded has a norm within 2⁻²⁴ of 1, so folding is idempotent.
const UNIT = 2 ** -22;
// SAELens bounds norms from below too, so that a latent with a zero decoder stays finite.
const SMALLEST_NORM = 1e-8;

/**
 * Scales decoder rows to length 1 without changing the reconstruction: E_i n_i, b_i n_i, D_i / n_i, with n_i = ‖D_i‖.
 * A latent's activation is then the length of its contribution to the reconstruction. Thresholds are multiplied by
 * n_i too. Where latents compete for a top-k, folding changes which ones are kept.
 */
export function foldDecoderNorms(
  parameters: SaeParameters,
  activation: Activation,
): { parameters: SaeParameters; activation: Activation } {
  const { inputSize: d, latentCount } = parameters;
  const encoder = parameters.encoder.slice();
  const encoderBias = parameters.encoderBias.slice();
  const decoder = parameters.decoder.slice();
  const threshold = "threshold" in activation ? activation.threshold.slice() : undefined;
  const norms = decoderNorms(parameters);
  for (let i = 0; i < latentCount; i++) {
    if (Math.abs(norms[i] - 1) <= UNIT) continue;
    const norm = Math.max(norms[i], SMALLEST_NORM);
    for (let k = i * d; k < (i + 1) * d; k++) {
      encoder[k] *= norm;
      decoder[k] /= norm;
    }
    encoderBias[i] *= norm;
    if (threshold) threshold[i] *= norm;
  }
  return {
    parameters: { ...parameters, encoder, encoderBias, decoder },
    activation: threshold ? { kind: "jumprelu", threshold } : activation,
  };
}

/**
 * Makes the encoder see x − c if `subtract` is true, else x, by moving E c in or out of the bias:
 * (x − c) Eᵀ + b = x Eᵀ + (b − E c). Returns an autoencoder that already does so unchanged.
 */
export function withSubtraction<T extends Sae>(sae: T, subtract: boolean): T {
  if (sae.subtractDecoderBias === subtract) return sae;
  const { parameters } = sae;
  const encoderBias = shiftBias(parameters, parameters.decoderBias, subtract ? 1 : -1);
  return { ...sae, parameters: { ...parameters, encoderBias }, subtractDecoderBias: subtract };
}

/** Returns b + sign · E v. */
function shiftBias(parameters: SaeParameters, v: Float32Array, sign: number): Float32Array {
  const { inputSize: d, encoder } = parameters;
  return parameters.encoderBias.map((bias, i) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += encoder[i * d + k] * v[k];
    return bias + sign * sum;
  });
}

/**
 * Makes an autoencoder that was trained on inputs minus `mean` take and give raw inputs: c + mean, and b − E·mean
 * unless the encoder sees x − c. If inputs were scaled after centring, fold the scale first with `foldInputScale`.
 *
 * @param parameters The autoencoder as it was trained; it is not changed.
 * @param mean The mean that was subtracted from inputs: [d].
 * @param subtractDecoderBias Whether the encoder sees x − c instead of x.
 * @throws {RangeError} if `mean` does not have d numbers, or a value is not finite before or after.
 *
 * @example
 * ```ts
 * import { foldInputMean, initialParameters, Random } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const trained = initialParameters(2, 6, Random.fromSeed(1));
 * const raw = foldInputMean(trained, new Float32Array([3, 4]), false);
 * assertEquals([...raw.decoderBias], [3, 4]);
 * ```
 */
export function foldInputMean(
  parameters: SaeParameters,
  mean: Float32Array,
  subtractDecoderBias: boolean,
): SaeParameters {
  const task = "fold the input mean";
  checkParameters(parameters, task);
  if (mean.length !== parameters.inputSize) {
    throw new RangeError(
      `Cannot ${task}: mean has ${mean.length} values but inputSize is ${parameters.inputSize}`,
    );
  }
  const folded = {
    ...parameters,
    encoderBias: subtractDecoderBias
      ? parameters.encoderBias.slice()
      : shiftBias(parameters, mean, -1),
    decoderBias: parameters.decoderBias.map((value, k) => value + mean[k]),
  };
  checkParameters(folded, task);
  return folded;
}
