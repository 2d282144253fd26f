/**
 * A matrix of weights on a backend, in whatever type it is kept.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import type { StoredType } from "../../kernels/stored_weights.ts";
import type { Workspace } from "../step/workspace.ts";

/** The operands that the kernels of the encode share. */
export type EncodeOperands = Readonly<
  Record<
    | "input"
    | "encoderBias"
    | "threshold"
    | "rowOffsets"
    | "indices"
    | "values"
    | "overflow",
    Tensor
  >
>;

/** The operands that an encode which screens takes besides. */
export type ScreenOperands = Readonly<
  Record<
    "quantizedRows" | "rowBounds" | "quantizedLatents" | "latentBounds" | "candidates",
    Tensor
  >
>;

/** What is selected, and whether by screening. */
export interface EncodeConstants {
  readonly selection: Selection;
  readonly k: number;
  readonly screened: boolean;
}

/** The operands of the decode. */
export type DecodeOperands = Readonly<
  Record<"rowOffsets" | "indices" | "values" | "decoderBias" | "reconstruction", Tensor>
>;

/**
 * A matrix [N, d]. Float32 is a class of its own, and so are all other types, so that programs which load no file hold
 * the kernels of float32 alone.
 */
export interface WeightTensors {
  readonly type: "f32" | StoredType;
  /** The weights: [N, d], or words [N, V]. */
  readonly values: Tensor;
  /** Returns the first p rows, as views. */
  prefix(w: Workspace, p: number): WeightTensors;
  /** Returns the tensor [N, W] for what {@linkcode WeightTensors.quantize} writes. */
  placeOfQuantized(w: Workspace): Tensor;
  /** Records the quantisation of all rows. */
  quantize(r: Recorder, results: Readonly<Record<"quantized" | "bounds", Tensor>>): void;
  /**
   * Records an encode by this encoder. Float32 weights do without the operands of a screen; others take them also where
   * `screened` is false.
   */
  encode(
    r: Recorder,
    operands: EncodeOperands,
    screen: ScreenOperands | undefined,
    constants: EncodeConstants,
  ): void;
  /** Records a decode by this decoder. */
  decode(r: Recorder, operands: DecodeOperands): void;
  /** Reads the weights as float32. */
  read(backend: Backend): Promise<Float32Array>;
}
