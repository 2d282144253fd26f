/**
 * Everything but the backends: the loss, the trainer, inference, metrics, readers. Each entry of the package
 * adds the backends that it is for.
 *
 * @module
 */
export type {
  Access,
  AnyKernel,
  Backend,
  DType,
  Kernel,
  Operand,
  Program,
  Recorder,
  ReferenceArray,
  Tensor,
  Values,
} from "../kernels/kernel.ts";
export type { Batch, BatchKinds } from "./batch.ts";
export { codesFromDense, denseFromCodes, type RowUnits, type SparseCodes } from "./codes.ts";
export * from "./data/activations.ts";
export * from "./data/shuffle.ts";
export {
  ShuffledActivations,
  type ShuffledActivationsOptions,
  type ShuffleState,
} from "./data/shuffled_activations.ts";
export * from "./data/toy_tree.ts";
export { type ByteSource, sourceFromBlob, sourceFromBytes } from "./io/bytes.ts";
export type { SaeLocation } from "./io/any_source.ts";
export * from "./io/codes_file.ts";
export { saeFingerprint } from "./io/fingerprint.ts";
export * from "./io/formats/mod.ts";
export { type HttpOptions, type HttpSource, sourceFromUrl } from "./io/http.ts";
export {
  type Checkpoint,
  checkpointChunks,
  encodeCheckpoint,
  readCheckpoint,
} from "./io/checkpoint.ts";
export { decodeFloats, encodeFloats, type FloatDType, type RowRange } from "./io/floats.ts";
export { type NpyHeader, readNpy, readNpyHeader } from "./io/npy.ts";
export {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type TensorData,
} from "./io/safetensors.ts";
export { type LossResult, matryoshkaLoss, type PrefixLoss } from "./loss.ts";
export type { Activation, AskedPath, LossKind, LossOptions, Penalty } from "./loss_options.ts";
export type { PrefixMetrics, StepMetrics } from "./metrics_ring.ts";
export * from "./evaluate.ts";
export * from "./metrics/absorption.ts";
export * from "./metrics/activity.ts";
export * from "./metrics/reconstruction.ts";
export { foldInputScale, initialParameters, type SaeParameters } from "./parameters.ts";
export * from "./prefixes.ts";
export { Random, type RandomState } from "./random.ts";
export type { FromSaeOptions, InferenceOptions, PrefixOption } from "./inference/options.ts";
export { type LoadOptions, SparseAutoencoder } from "./sparse_autoencoder.ts";
export type { FiguresState } from "./metrics_ring.ts";
export type { OptionsRecord } from "./options_record.ts";
export type { PathState } from "./path_choice.ts";
export { Trainer } from "./trainer.ts";
export type { TrainerState } from "./trainer_state.ts";
export { authorCode, type AuthorCodeOptions, type TrainerOptions } from "./trainer_options.ts";
