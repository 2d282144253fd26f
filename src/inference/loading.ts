/**
 * Reads an autoencoder from wherever it is, for inference.
 *
 * @module
 */
import { askedScreening, checkScreening } from "../model/screening.ts";
import type { Backend } from "../../kernels/kernel.ts";
import { checkInteger, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { LOAD_SAE_KEYS, type LoadSaeOptions, openSae, readOpened } from "../io/formats/load.ts";
import { filesAt, type SaeLocation } from "../io/formats/location.ts";
import { allOf, openNativeSae } from "../io/formats/native_reading.ts";
import type { StoredMatrix } from "../io/formats/stored_matrix.ts";
import { HTTP_KEYS, type HttpOptions } from "../io/sources/http.ts";
import { Workspace } from "../step/workspace.ts";
import { boundsOf } from "./error_bounds.ts";
import { makeVectors } from "./model_tensors.ts";
import {
  checkInputScale,
  FROM_SAE_KEYS,
  type FromSaeOptions,
  inferenceOptions,
  PARTS_KEYS,
  type PartsOption,
  resolveOptions,
  resolveSae,
  runnableSae,
} from "./options.ts";
import { packedSae } from "./packing.ts";
import { type FileInPlace, makeMatrix, placeMatrix } from "./placing.ts";
import { encoderScreen, Runner } from "./runner.ts";
import { StoredWeights } from "./stored_weights.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** Options of `SparseAutoencoder.load`. */
export type LoadOptions = LoadSaeOptions & HttpOptions & FromSaeOptions & PartsOption;

const LOAD_KEYS = [...LOAD_SAE_KEYS, ...HTTP_KEYS, ...FROM_SAE_KEYS, ...PARTS_KEYS];

/** Puts an autoencoder on a backend. */
export async function loadRunner(
  backend: Backend,
  source: SaeLocation,
  options: LoadOptions,
  task: string,
): Promise<Runner> {
  checkObject(options, "options", task);
  checkKeys(options, LOAD_KEYS, task);
  const { format, prefix, fetch, signal, onNotice, parts = "all", ...others } = options;
  if (prefix !== undefined) checkInteger(prefix, "prefix", task);
  checkOneOf(parts, ["all", "encoder"], "parts", task);
  checkScreening(backend, askedScreening(others, task), task);
  const files = await filesAt(source, { fetch, signal, onNotice }, task);
  signal?.throwIfAborted();
  const opened = await openSae(files, format);
  if (opened.format === "native") {
    const { source, header } = opened.weights;
    const file = await openNativeSae(source, { prefix, header });
    // A scale that must be folded into the weights changes each of them.
    if (file.inputNormalization?.kind !== "meanNorm") {
      return await loadInPlace(backend, file, { ...others, parts }, task);
    }
  }
  const sae = await readOpened(opened, prefix);
  if (sae.inputNormalization.kind !== "meanNorm" && backend.storedWeights) {
    return await loadInPlace(backend, packedSae(sae), { ...others, parts }, task);
  }
  const { parameters, ...resolvable } = runnableSae(sae, others, task);
  return Runner.create(backend, parameters, resolveSae(parameters, resolvable, task), { parts });
}

/** Reads matrices straight into place. */
async function loadInPlace(
  backend: Backend,
  file: FileInPlace,
  { parts, ...options }: FromSaeOptions & PartsOption,
  task: string,
): Promise<Runner> {
  checkInputScale(file.inputNormalization, options.inputScale, task);
  const workspace = new Workspace(backend);
  try {
    const vectors = makeVectors(workspace, file);
    const matrix = (stored: StoredMatrix) => makeMatrix(workspace, stored, vectors.encoderBias);
    const encoder = matrix(file.encoder);
    const decoder = parts === "encoder" ? undefined : matrix(file.decoder);
    const tensors = { ...vectors, encoder, decoder };
    const reading = file.rest();
    const scaleOf = (name: "encoderScale" | "decoderScale") =>
      file.encoder.dtype === "I8" ? () => reading.then(({ int8 }) => int8![name]) : undefined;
    const [rest] = await allOf([
      reading,
      placeMatrix(backend, file.encoder, encoder, scaleOf("encoderScale")),
      decoder && placeMatrix(backend, file.decoder, decoder, scaleOf("decoderScale")),
    ]);
    const { sae: described, encoderBias, decoderBias, int8 } = rest;
    const sae = resolveOptions(file, inferenceOptions(described, options), task);
    backend.write(tensors.encoderBias, encoderBias);
    backend.write(tensors.decoderBias, decoderBias);
    if (sae.loss.threshold) backend.write(tensors.threshold, sae.loss.threshold);
    if (int8) {
      writeScale(backend, encoder, int8.encoderScale);
      writeScale(backend, decoder, int8.decoderScale);
    }
    const screen = encoderScreen(workspace, encoder, sae, task);
    await screen?.prepare();
    const errorBounds = int8 && boundsOf(backend, tensors, sae, {
      norm: int8.encoderNorm,
      errorNorm: int8.encoderErrorNorm,
    });
    return new Runner(backend, sae, { workspace, model: { ...tensors, screen }, errorBounds });
  } catch (error) {
    workspace[Symbol.dispose]();
    throw error;
  }
}

/** Sets the scales of a matrix, if it was not expanded. */
function writeScale(
  backend: Backend,
  matrix: WeightTensors | undefined,
  scale: Float32Array,
): void {
  if (matrix instanceof StoredWeights) backend.write(matrix.scale, scale);
}
