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
export type { Activation } from "./model/activation.ts";
export type { Batch, BatchKinds } from "./model/batch.ts";
export { codesFromDense, denseFromCodes, type RowUnits, type SparseCodes } from "./model/codes.ts";
export * from "./data/activations.ts";
export * from "./data/shuffle.ts";
export {
  ShuffledActivations,
  type ShuffledActivationsOptions,
  type ShuffleState,
} from "./data/shuffled_activations.ts";
export * from "./data/toy_tree.ts";
export { type ByteSource, sourceFromBlob, sourceFromBytes } from "./io/sources/bytes.ts";
export type { SaeLocation } from "./io/formats/location.ts";
export * from "./io/codes/codes_file.ts";
export { saeFingerprint } from "./model/fingerprint.ts";
export type { AskedScreening } from "./model/screening.ts";
export * from "./io/formats/mod.ts";
export { type HttpOptions, type HttpSource, sourceFromUrl } from "./io/sources/http.ts";
export {
  type Checkpoint,
  checkpointChunks,
  encodeCheckpoint,
  readCheckpoint,
} from "./training/checkpoint.ts";
export { readCheckpointShards } from "./training/checkpoint_shards.ts";
export { decodeFloats, encodeFloats, type FloatDType } from "./io/arrays/floats.ts";
export type { RowRange } from "./io/arrays/float_rows.ts";
export { type NpyHeader, readNpy, readNpyHeader } from "./io/arrays/npy_reading.ts";
export {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type TensorData,
} from "./io/arrays/safetensors.ts";
export { type LossResult, matryoshkaLoss, type PrefixLoss } from "./step/loss.ts";
export type { AskedAlgorithm } from "./step/algorithm_choice.ts";
export type { LossKind, LossOptions } from "./step/loss_options.ts";
export type { PrefixMetrics, StepMetrics } from "./training/metrics_ring.ts";
export type { PrefixReading } from "./training/prefix_evaluation.ts";
export * from "./evaluation/evaluate.ts";
export {
  type CalibratedThreshold,
  type CalibrateOptions,
  calibrateThreshold,
  type RowPasses,
} from "./evaluation/calibrate_threshold.ts";
export { evaluateShare, type EvaluateShareOptions } from "./evaluation/evaluate_share.ts";
export * from "./evaluation/metrics/absorption.ts";
export * from "./evaluation/metrics/activity.ts";
export * from "./evaluation/metrics/reconstruction.ts";
export type {
  ExploredLatent,
  LatentExample,
  LatentExploration,
  LatentLink,
  LatentToken,
} from "./exploration/exploration.ts";
export type { ExploreOptions } from "./exploration/exploration_options.ts";
export { exploreLatents } from "./exploration/explore_latents.ts";
export { foldInputScale, initialParameters, type SaeParameters } from "./model/parameters.ts";
export type { Penalty, SizePenalty } from "./model/penalty.ts";
export * from "./model/prefixes.ts";
export { Random, type RandomState } from "./base/random.ts";
export { RowError } from "./base/row_error.ts";
export { prefixOfSae, type TrainedSelection } from "./model/sae.ts";
export { type JumpReluOf, jumpReluOf } from "./model/jump_relu.ts";
export type {
  ChunkOptions,
  EncodeOptions,
  FromSaeOptions,
  InferenceOptions,
  PartsOption,
  PrefixOption,
} from "./inference/options.ts";
export type { ScreeningOption } from "./inference/screening.ts";
export type { LoadOptions } from "./inference/loading.ts";
export { SparseAutoencoder } from "./inference/sparse_autoencoder.ts";
export type { FiguresState, MetricsState } from "./training/metrics_state.ts";
export {
  DifferentOptionsError,
  type OptionDifference,
  type OptionsRecord,
} from "./base/options_record.ts";
export type { AlgorithmState } from "./step/algorithm_choice.ts";
export { checkTrainerOptions } from "./training/options_check.ts";
export { Trainer } from "./training/trainer.ts";
export type { TrainerState } from "./training/trainer_state.ts";
export type { Communicator, Numbers } from "./distributed/communicator.ts";
export { runRanks } from "./distributed/in_process.ts";
export { gatherTexts, RankError } from "./distributed/texts.ts";
export { checkSameOnAllRanks } from "./distributed/same_on_all_ranks.ts";
export { evenShare, type Range } from "./distributed/shares.ts";
export {
  type CallTraffic,
  measureCommunicator,
  type MeasuredCommunicator,
  type Traffic,
  type TrafficKind,
} from "./distributed/traffic.ts";
export { authorCode, type AuthorCodeOptions } from "./training/presets/author_code.ts";
export type {
  Preset,
  PresetRecord,
  PresetSize,
  PresetSource,
  Sized,
  SizeRule,
} from "./training/presets/preset.ts";
export {
  type PresetChoice,
  presetOptions,
  type PresetSizes,
} from "./training/presets/preset_options.ts";
export { presetNames, presets } from "./training/presets/table.ts";
export type { TrainedActivation, TrainerOptions } from "./training/trainer_options.ts";
export type {
  AnnealedK,
  AuxiliaryLoss,
  Compatibility,
  InferenceThreshold,
  Initialization,
  ThresholdTraining,
} from "./training/recipe_options.ts";
