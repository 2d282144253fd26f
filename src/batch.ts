/**
 * The batch of a training step: what the host gives, and how it becomes the step's input.
 *
 * @module
 */
import { expandHalves } from "../kernels/expand_halves.ts";
import type { Backend, Recorder, Tensor } from "../kernels/kernel.ts";
import { scaleInput } from "../kernels/scale_input.ts";
import { checkBatch, rowsOf } from "./checks.ts";
import { firstInfiniteHalf, infiniteHalf, wordsOf } from "./halves.ts";
import { RUNNING_DECAY } from "./step_controls.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Rows of values, one after the other: float32, or the bits of IEEE halves as F16 files hold them, which
 * reach the device in half the bytes. A `Float16Array` has these bits: `new Uint16Array(array.buffer)`.
 */
export type Batch = BatchKinds[keyof BatchKinds];

/** The arrays that batches are, by the format of their values: named as in safetensors. */
export interface BatchKinds {
  /** float32 */
  F32: Float32Array;
  /** The bits of halves. */
  F16: Uint16Array;
}

/** Squares of larger inputs might not sum to a finite float32, and spoil the running norm for good. */
const LARGEST_INPUT = 1e15;

/** The number of rows of a batch, if it is one that can be trained on; `scaled` if its norm is taken. */
export function checkTrainingBatch(
  batch: Batch,
  inputSize: number,
  task: string,
  scaled: boolean,
): number {
  if (!(batch instanceof Uint16Array)) {
    return checkBatch(batch, inputSize, task, scaled ? LARGEST_INPUT : undefined);
  }
  const rows = rowsOf(batch, inputSize, task);
  const bad = firstInfiniteHalf(batch);
  if (bad < 0) return rows;
  const row = Math.floor(bad / inputSize);
  throw new RangeError(`Cannot ${task}: row ${row} of the batch has ${infiniteHalf(batch[bad])}`);
}

/** How batches of one size and kind come to the backend. */
export interface BatchSource {
  readonly rows: number;
  readonly inputSize: number;
  /** Whether they come as halves. */
  readonly halves: boolean;
  /** Whether they are scaled. */
  readonly scaled: boolean;
}

/** Where batches are written, and the commands that make inputs of them. */
export class BatchInput {
  /** What the step takes as its input: [B, d]. */
  readonly input: Tensor;
  readonly #raw: Tensor;
  readonly #written: Tensor;

  constructor(w: Workspace, { rows: B, inputSize: d, halves, scaled }: BatchSource) {
    this.#raw = w.f32(B, d);
    this.#written = halves ? w.u32(Math.ceil(B * d / 2)) : this.#raw;
    this.input = scaled ? w.f32(B, d) : this.#raw;
  }

  /** Writes a batch of this size and kind. */
  write(backend: Backend, batch: Batch): void {
    backend.write(this.#written, batch instanceof Uint16Array ? wordsOf(batch) : batch);
  }

  /** Records what comes before the step. */
  record(r: Recorder, { correction, runningNorm: running, scale }: TrainerTensors): void {
    const { input } = this, raw = this.#raw;
    if (this.#written !== raw) r.run(expandHalves, { halves: this.#written, values: raw }, {});
    if (input === raw) return;
    r.run(scaleInput, { raw, correction, running, scale, input }, { decay: RUNNING_DECAY });
  }
}
