/**
 * Turns a batch into the input of a training step.
 *
 * @module
 */
import { expandFloat16 } from "../../kernels/expand_float16.ts";
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import { scaleInput } from "../../kernels/scale_input.ts";
import { wordsOf } from "../base/float16.ts";
import type { Batch } from "../model/batch.ts";
import type { Workspace } from "../step/workspace.ts";
import { RUNNING_DECAY } from "./step_controls.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** The size and format of batches. */
export interface BatchSource {
  readonly rows: number;
  readonly inputSize: number;
  /** Whether batches are float16. */
  readonly float16: boolean;
  /** Whether inputs are scaled. */
  readonly scaled: boolean;
}

/** Receives batches, and records the commands that turn them into inputs. */
export class BatchInput {
  /** The input of the step: [B, d]. */
  readonly input: Tensor;
  readonly #raw: Tensor;
  readonly #written: Tensor;

  constructor(w: Workspace, { rows: B, inputSize: d, float16, scaled }: BatchSource) {
    this.#raw = w.f32(B, d);
    this.#written = float16 ? w.u32(Math.ceil(B * d / 2)) : this.#raw;
    this.input = scaled ? w.f32(B, d) : this.#raw;
  }

  /** Writes a batch of this size and format, or float64 numbers in place of float32. */
  write(backend: Backend, batch: Batch | Float64Array): void {
    backend.write(this.#written, batch instanceof Uint16Array ? wordsOf(batch) : batch);
  }

  /** Records the decoding and scaling of the batch. */
  record(r: Recorder, { correction, runningNorm: running, scale }: TrainerTensors): void {
    const { input } = this;
    const raw = this.#raw;
    if (this.#written !== raw) r.run(expandFloat16, { packed: this.#written, values: raw }, {});
    if (input === raw) return;
    r.run(scaleInput, { raw, correction, running, scale, input }, { decay: RUNNING_DECAY });
  }
}
