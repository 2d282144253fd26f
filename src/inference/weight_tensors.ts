/**
 * A matrix of weights on a backend.
 *
 * @module
 */
import type { Tensor } from "../../kernels/kernel.ts";
import type { StoredType } from "../../kernels/stored_weights.ts";

/** A matrix [N, d] in the type in which it is kept. */
export type WeightTensors = FloatTensors | StoredTensors;

/** A matrix in float32. */
export interface FloatTensors {
  readonly type: "f32";
  /** [N, d] */
  readonly values: Tensor;
}

/** A matrix in the type of its file. */
export interface StoredTensors {
  readonly type: StoredType;
  /** Words [N, V]. */
  readonly values: Tensor;
  /** Scales [N], which only int8 has; for other types, numbers that nothing reads. */
  readonly scale: Tensor;
}
