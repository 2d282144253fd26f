/**
 * Inspects the weights of an autoencoder, without any data.
 *
 * @module
 */
import {
  type LoadedSae,
  type Sae,
  saeFingerprint,
  type SaeParameters,
  type TrainedSelection,
} from "@matryoshka/sae";
import { type Histogram, histogram } from "../terminal/histogram.ts";
import { UsageError } from "../terminal/failure.ts";
import { thereAre } from "../terminal/text.ts";
import { norm, rowsOf } from "./vectors.ts";

/** The minimum, median and maximum of some numbers. */
export interface Spread {
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
}

/** Returns the spread of one or more numbers. */
export function spread(values: ArrayLike<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { minimum: sorted[0], median, maximum: sorted.at(-1)! };
}

/** The numbers of latents that, by their weights alone, have no effect. */
export interface DeadByWeights {
  /** Latents that no input can make active. */
  readonly neverActive: number;
  /** Latents whose decoder row is zero: active or not, they add nothing. */
  readonly zeroDecoder: number;
  /** Latents of which one or both are true. */
  readonly either: number;
}

/** The result of {@linkcode inspectWeights}. */
export interface Inspection {
  readonly format: string;
  readonly kind: string;
  readonly dtype: string;
  readonly createdBy?: string;
  readonly modelName?: string;
  readonly hookName?: string;
  readonly fingerprint: string;
  readonly inputSize: number;
  readonly latentCount: number;
  readonly parameterCount: number;
  readonly activation: { readonly kind: string; readonly k?: number; readonly threshold?: Spread };
  /** The selection of the training, if it was another. */
  readonly trainedActivation?: TrainedSelection;
  readonly subtractDecoderBias: boolean;
  readonly inputNormalization: LoadedSae["inputNormalization"];
  readonly inputScale?: number;
  readonly prefixes?: readonly number[] | number;
  /** ‖E_i‖₂ and ‖D_i‖₂ over the latents, b_i over the latents, and ‖c‖₂. */
  readonly norms: {
    readonly encoderRows: Spread;
    readonly decoderRows: Spread;
    readonly encoderBias: Spread;
    readonly decoderBias: number;
  };
  readonly decoderNorms: Histogram;
  readonly deadByWeights: DeadByWeights;
}

const BINS = 10;

/** Describes the weights of an autoencoder. */
export async function inspectWeights(sae: LoadedSae): Promise<Inspection> {
  const { parameters, activation, source } = sae;
  const { inputSize, latentCount } = parameters;
  const rows = rowNorms(parameters.decoder, inputSize);
  const threshold = "threshold" in activation ? spread(activation.threshold) : undefined;
  return {
    format: source.format,
    kind: source.kind,
    dtype: source.dtype,
    createdBy: sae.createdBy,
    modelName: sae.modelName,
    hookName: sae.hookName,
    fingerprint: await saeFingerprint(sae),
    inputSize,
    latentCount,
    parameterCount: 2 * inputSize * latentCount + inputSize + latentCount,
    activation: { ...activation, threshold },
    ...sae.trainedActivation && { trainedActivation: sae.trainedActivation },
    subtractDecoderBias: sae.subtractDecoderBias,
    inputNormalization: sae.inputNormalization,
    inputScale: sae.inputScale,
    prefixes: sae.prefixes,
    norms: {
      encoderRows: spread(rowNorms(parameters.encoder, inputSize)),
      decoderRows: spread(rows),
      encoderBias: spread(parameters.encoderBias),
      decoderBias: norm(parameters.decoderBias),
    },
    decoderNorms: histogram(rows, BINS),
    deadByWeights: deadByWeights(sae, rows),
  };
}

/** Returns the norm of each row of a matrix [N, d]. */
function rowNorms(matrix: Float32Array, d: number): Float64Array {
  return Float64Array.from(rowsOf(matrix, d), norm);
}

/**
 * Counts latents that have no effect. A latent is never active if its greatest possible pre-activation does not
 * exceed its threshold. For raw inputs, only encoder rows of zeros have such a bound, b_i. Normalised inputs are no
 * longer than √d, so E_i x ≤ ‖E_i‖ √d.
 */
function deadByWeights(sae: Sae, decoderRows: Float64Array): DeadByWeights {
  const { parameters, activation } = sae;
  const { inputSize: d, encoder, encoderBias, decoderBias } = parameters;
  const normalization = sae.inputNormalization?.kind ?? "none";
  const longest = normalization === "none" || normalization === "meanNorm"
    ? Infinity
    : Math.sqrt(d);
  const rows = rowNorms(encoder, d);
  let neverActive = 0, zeroDecoder = 0, either = 0;
  for (let i = 0; i < parameters.latentCount; i++) {
    let greatest = encoderBias[i] + (rows[i] === 0 ? 0 : rows[i] * longest);
    if (sae.subtractDecoderBias) {
      for (let k = 0; k < d; k++) greatest -= encoder[i * d + k] * decoderBias[k];
    }
    const threshold = "threshold" in activation ? Math.max(activation.threshold[i], 0) : 0;
    // With identity, a latent is active wherever its pre-activation is not zero.
    const never = activation.kind === "identity"
      ? rows[i] === 0 && encoderBias[i] === 0
      : greatest <= threshold;
    const zero = decoderRows[i] === 0;
    neverActive += Number(never);
    zeroDecoder += Number(zero);
    either += Number(never || zero);
  }
  return { neverActive, zeroDecoder, either };
}

/** For each latent, the greatest cosine of its decoder row with another one: the spread over the latents. */
export interface DecoderCosines extends Spread {
  /** The two latents with the greatest cosine. */
  readonly closest: readonly [number, number];
  /** The number of latents whose greatest cosine is above 0.9. */
  readonly above09: number;
}

/** The time grows with the square of the latents: this many on 1,024 inputs take about a minute. */
const MOST_LATENTS = 8192;

/** Compares each decoder row with all others: max over j ≠ i of cos(D_i, D_j). */
export function decoderCosines(parameters: SaeParameters): DecoderCosines {
  const { inputSize: d, latentCount: N, decoder } = parameters;
  if (N > MOST_LATENTS || N < 2) {
    throw new UsageError(
      `Cannot use --cosines: it compares 2 to ${MOST_LATENTS} latents but ${thereAre(N, "latent")}`,
    );
  }
  const norms = rowNorms(decoder, d);
  const units = decoder.map((value, i) => value / (norms[Math.floor(i / d)] || 1));
  const most = new Float64Array(N).fill(-1);
  let closest: [number, number] = [0, 1], best = -2;
  for (let i = 0; i < N; i++) {
    const a = units.subarray(i * d, (i + 1) * d);
    for (let j = i + 1; j < N; j++) {
      let cosine = 0;
      for (let k = 0, at = j * d; k < d; k++, at++) cosine += a[k] * units[at];
      if (cosine > most[i]) most[i] = cosine;
      if (cosine > most[j]) most[j] = cosine;
      if (cosine <= best) continue;
      best = cosine;
      closest = [i, j];
    }
  }
  return { ...spread(most), closest, above09: most.filter((cosine) => cosine > 0.9).length };
}
