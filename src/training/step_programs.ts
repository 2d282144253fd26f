/**
 * The recorded programs of training steps: one for each batch size and kind, number of prefixes and algorithm.
 *
 * @module
 */
import type { Backend, Program, Recorder, Tensor } from "../../kernels/kernel.ts";
import { sparsityController } from "../../kernels/sparsity_controller.ts";
import { BatchInput } from "./batch_input.ts";
import type { MetricsRing } from "./metrics_ring.ts";
import { recordStep, type StepTensors, stepTensors } from "../step/step_recording.ts";
import type { ResolvedTrainer } from "./trainer_options.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import { recordUpdate } from "./update_recording.ts";
import { Workspace } from "../step/workspace.ts";

/** Programs kept for other batch sizes and kinds, prefix counts and algorithms before the oldest is dropped. */
const PROGRAMS_KEPT = 4;

/** A step that can be submitted. */
export interface RecordedStep {
  readonly workspace: Workspace;
  readonly program: Program;
  /** Where the batch goes: [B, d]. */
  readonly batch: BatchInput;
  readonly tensors: StepTensors;
}

/** What a program is recorded for. */
export interface StepKind {
  /** Rows. */
  readonly B: number;
  /** Prefixes. */
  readonly P: number;
  /** Whether batches come as float16. */
  readonly float16: boolean;
  /** Room of the sparse algorithm; undefined computes densely. */
  readonly room: number | undefined;
}

/** Records programs at their first use, and keeps a few. */
export class StepPrograms implements Disposable {
  readonly #programs = new Map<string, RecordedStep>();
  #disposed = false;

  constructor(
    readonly backend: Backend,
    readonly sizes: { readonly d: number; readonly N: number },
    readonly options: ResolvedTrainer,
    readonly tensors: TrainerTensors,
    readonly ring: MetricsRing,
  ) {}

  /** The program for steps of a kind. */
  async of(kind: StepKind): Promise<RecordedStep> {
    const { B, P, float16, room } = kind;
    const key = `${B} ${P} ${float16} ${room}`;
    const known = this.#programs.get(key);
    if (known) return known;
    this.drop(PROGRAMS_KEPT - 1);
    const workspace = new Workspace(this.backend);
    try {
      const recorded = await this.#record(workspace, kind);
      // Disposed meanwhile, nobody else would dispose this one.
      if (this.#disposed) workspace[Symbol.dispose]();
      else this.#programs.set(key, recorded);
      return recorded;
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  /** Disposes all but the `kept` newest. */
  drop(kept = 0): void {
    for (const [key, { workspace }] of this.#programs) {
      if (this.#programs.size <= kept) return;
      workspace[Symbol.dispose]();
      this.#programs.delete(key);
    }
  }

  /** Disposes all. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.drop();
  }

  async #record(
    w: Workspace,
    { B, P, float16, room }: StepKind,
  ): Promise<RecordedStep> {
    const sizes = { ...this.sizes, B, P };
    const { loss, inputScaling } = this.options;
    const t = this.tensors, { slot, rows: ring } = this.ring;
    const scaled = inputScaling !== "none";
    const batch = new BatchInput(w, { rows: B, inputSize: sizes.d, float16, scaled });
    const step = stepTensors(w, sizes, { ...t, input: batch.input });
    const control = (r: Recorder) => this.#recordController(r, step.l0);
    const plan = { sizes, loss, tensors: step, room, gradients: t.gradients, control };
    const update = { rows: B, options: this.options, tensors: t, step, slot, ring };
    const program = w.own(
      await this.backend.record((r) => {
        batch.record(r, t);
        recordStep(r, w, plan);
        recordUpdate(r, w, update);
      }),
    );
    return { workspace: w, program, batch, tensors: step };
  }

  #recordController(r: Recorder, l0: Tensor): void {
    const { sparsityControls: controls, baseCoefficient, coefficient } = this.tensors;
    const targetL0 = this.options.targetL0 ?? 0;
    r.run(sparsityController, { l0, controls, baseCoefficient, coefficient }, { targetL0 });
  }
}
