/**
 * The recorded programs of training steps, one for each kind of step.
 *
 * @module
 */
import type { Backend, Program, Recorder, Tensor } from "../../kernels/kernel.ts";
import { sparsityController } from "../../kernels/sparsity_controller.ts";
import { ProgramCache } from "../step/program_cache.ts";
import { recordStep } from "../step/step_recording.ts";
import { type StepTensors, stepTensors } from "../step/step_tensors.ts";
import type { Workspace } from "../step/workspace.ts";
import { BatchInput } from "./batch_input.ts";
import type { MetricsRing } from "./metrics_ring.ts";
import type { ResolvedTrainer } from "./trainer_options.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import { recordUpdate } from "./update_recording.ts";

/** A step that can be submitted. */
export interface RecordedStep {
  readonly program: Program;
  /** Receives the batch. */
  readonly batch: BatchInput;
  readonly tensors: StepTensors;
}

/** Everything on which the program of a step depends. */
export interface StepKind {
  /** Rows. */
  readonly B: number;
  /** Prefixes. */
  readonly P: number;
  /** Whether batches come as float16. */
  readonly float16: boolean;
  /** Active latents that the sparse algorithm has room for; undefined computes densely. */
  readonly room: number | undefined;
}

/** Records programs at their first use and keeps a few. */
export class StepPrograms implements Disposable {
  readonly #backend: Backend;
  readonly #options: ResolvedTrainer;
  readonly #tensors: TrainerTensors;
  readonly #ring: MetricsRing;
  readonly #cache: ProgramCache<RecordedStep>;

  constructor(
    backend: Backend,
    options: ResolvedTrainer,
    tensors: TrainerTensors,
    ring: MetricsRing,
  ) {
    this.#backend = backend;
    this.#options = options;
    this.#tensors = tensors;
    this.#ring = ring;
    this.#cache = new ProgramCache(backend, "the trainer");
  }

  /** Returns the program for steps of a kind. */
  async of(kind: StepKind): Promise<RecordedStep> {
    const { B, P, float16, room } = kind;
    return await this.#cache.get(`${B} ${P} ${float16} ${room}`, (w) => this.#record(w, kind));
  }

  /** Disposes all programs. */
  clear(): void {
    this.#cache.clear();
  }

  /** Disposes all programs for good. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
  }

  async #record(w: Workspace, { B, P, float16, room }: StepKind): Promise<RecordedStep> {
    const t = this.#tensors;
    const options = this.#options;
    const [N, d] = t.model.encoder.shape;
    const sizes = { B, d, N, P };
    const scaled = options.inputScaling !== "none";
    const batch = new BatchInput(w, { rows: B, inputSize: d, float16, scaled });
    const step = stepTensors(w, sizes, { ...t, input: batch.input });
    const parts = {
      sizes,
      loss: options.loss,
      tensors: step,
      room,
      gradients: t.gradients,
      control: (r: Recorder) => this.#recordController(r, step.l0),
    };
    const { slot, rows: ring } = this.#ring;
    const program = w.own(
      await this.#backend.record((r) => {
        batch.record(r, t);
        recordStep(r, w, parts);
        recordUpdate(r, w, { rows: B, options, tensors: t, step, slot, ring });
      }),
    );
    return { program, batch, tensors: step };
  }

  #recordController(r: Recorder, l0: Tensor): void {
    const { sparsityControls: controls, baseCoefficient, coefficient } = this.#tensors;
    const targetL0 = this.#options.targetL0 ?? 0;
    r.run(sparsityController, { l0, controls, baseCoefficient, coefficient }, { targetL0 });
  }
}
