/**
 * Matryoshka sparse autoencoders outside Python: the loss over nested prefixes of the latents with its
 * closed-form gradients, a trainer, and readers for activations, on portable kernels.
 *
 * @example Train on the built-in toy world
 * ```ts
 * import { createBackend, Random, ToyTree, Trainer } from "@matryoshka/sae";
 *
 * using backend = await createBackend();
 * const world = ToyTree.create({ seed: 1 });
 * using trainer = await Trainer.create(backend, {
 *   inputSize: 20,
 *   latentCount: 20,
 *   steps: 50,
 *   targetL0: 1.2,
 * });
 * const random = Random.fromSeed(2);
 * for (let step = 0; step < 50; step++) await trainer.step(world.sample(64, random).batch);
 * console.log(await trainer.metrics());
 * ```
 *
 * @module
 */
export { type BackendName, type BackendOptions, createBackend } from "./kernels/create_backend.ts";
export type { WebGpuOptions } from "./kernels/webgpu/backend.ts";
export { DeviceLostError, WebGpuUnavailableError } from "./kernels/webgpu/errors.ts";
export type { WasmOptions } from "./wasm/engine.ts";
export type { WasmTier } from "./wasm/tiers.ts";
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
} from "./kernels/kernel.ts";
export { codesFromDense, denseFromCodes, type SparseCodes } from "./src/codes.ts";
export * from "./src/data/activations.ts";
export * from "./src/data/shuffle.ts";
export * from "./src/data/toy_tree.ts";
export { type ByteSource, sourceFromBlob, sourceFromBytes } from "./src/io/bytes.ts";
export * from "./src/io/formats/mod.ts";
export { decodeFloats, encodeFloats, type FloatDType, type RowRange } from "./src/io/floats.ts";
export { type NpyHeader, readNpy, readNpyHeader } from "./src/io/npy.ts";
export {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type TensorData,
} from "./src/io/safetensors.ts";
export { type LossResult, matryoshkaLoss, type PrefixLoss } from "./src/loss.ts";
export type { Activation, AskedPath, LossKind, LossOptions, Penalty } from "./src/loss_options.ts";
export type { PrefixMetrics, StepMetrics } from "./src/metrics_ring.ts";
export * from "./src/evaluate.ts";
export * from "./src/metrics/absorption.ts";
export * from "./src/metrics/activity.ts";
export * from "./src/metrics/reconstruction.ts";
export { foldInputScale, initialParameters, type SaeParameters } from "./src/parameters.ts";
export * from "./src/prefixes.ts";
export { Random, type RandomState } from "./src/random.ts";
export { Trainer } from "./src/trainer.ts";
export { authorCode, type AuthorCodeOptions, type TrainerOptions } from "./src/trainer_options.ts";
