/**
 * Takes training steps on one machine: one recorded program for each kind of step.
 *
 * @module
 */
import type { Backend, Program, Recorder, Tensor, Values } from "../../kernels/kernel.ts";
import { sparsityController } from "../../kernels/sparsity_controller.ts";
import type { Batch } from "../model/batch.ts";
import type { AlgorithmChoice } from "../step/algorithm_choice.ts";
import { ProgramCache } from "../step/program_cache.ts";
import { screenOf } from "../step/screen.ts";
import type { ScreeningChoice } from "../step/screening_choice.ts";
import { penaltyWeights } from "../step/loss_options.ts";
import { recordStep } from "../step/step_recording.ts";
import { type StepTensors, stepTensors } from "../step/step_tensors.ts";
import type { Workspace } from "../step/workspace.ts";
import { BatchInput } from "./batch_input.ts";
import type { DerivedTensors } from "./derived_tensors.ts";
import type { MetricsRing } from "./metrics_ring.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import { stepFrame } from "./frame_choice.ts";
import { annealedKAt, writeControls } from "./step_controls.ts";
import { recordUpdate } from "./update_recording.ts";

/** A step that can be submitted. */
export interface RecordedStep {
  readonly program: Program;
  /** Receives the batch. */
  readonly batch: BatchInput;
  /** p_j, w_j and the weights of the penalty, which the host writes. */
  readonly prefixes: Pick<StepTensors, "bounds" | "weights" | "tailWeights">;
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
  /** Whether the sparse algorithm screens. */
  readonly screens: boolean;
  /** Latents that a selection keeps per row; 0 without one. */
  readonly k: number;
}

/** A training step to take. */
export interface StepInput {
  /** The number of the step, counted from 0. */
  readonly step: number;
  readonly batch: Batch | Float64Array;
  /** B, the rows of the batch. */
  readonly rows: number;
  /** p_j. */
  readonly bounds: Uint32Array;
  /** ρ w_j. */
  readonly weights: Float64Array;
  /** Throws if the trainer has been disposed. */
  checkAlive(): void;
}

/** Takes training steps. */
export interface StepRunner extends Disposable {
  /** Takes a step, whose metrics have room in the ring. */
  take(input: StepInput): Promise<void>;
  /** Disposes all programs, since the algorithm or the ring has changed. */
  clear(): void;
  /** Returns one value per latent, of all N, from those of the latents that are held here. */
  ofAllLatents(values: Values): Promise<Values>;
  /** Returns the candidates per row among all latents from those among the latents that are held here. */
  candidatesOfAll(candidates: number | undefined): Promise<number | undefined>;
}

/** What a runner works on. */
export interface RunnerParts {
  readonly backend: Backend;
  readonly options: ResolvedTrainer;
  readonly algorithm: AlgorithmChoice;
  readonly screening: ScreeningChoice;
  readonly tensors: TrainerTensors;
  readonly derived: DerivedTensors;
  readonly ring: MetricsRing;
}

/** Takes steps on one machine. Programs are recorded at their first use, and a few are kept. */
export class StepPrograms implements StepRunner {
  readonly #parts: RunnerParts;
  readonly #cache: ProgramCache<RecordedStep>;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#cache = new ProgramCache(parts.backend, "the trainer");
  }

  async take({ step, batch, rows: B, bounds, weights, checkAlive }: StepInput): Promise<void> {
    const { backend, options, algorithm, screening, tensors, derived, ring } = this.#parts;
    const P = bounds.length;
    const float16 = batch instanceof Uint16Array;
    const room = algorithm.roomFor(B);
    const screens = room !== undefined && screening.current;
    const k = annealedKAt(step, options);
    const recorded = await this.#of({ B, P, float16, room, screens, k });
    await derived.refresh(screens);
    checkAlive();
    recorded.batch.write(backend, batch);
    backend.write(recorded.prefixes.bounds, bounds);
    backend.write(recorded.prefixes.weights, weights);
    backend.write(recorded.prefixes.tailWeights, penaltyWeights(options.loss, weights));
    writeControls(backend, tensors, options, step);
    ring.begin(step, Array.from(bounds), screens ? derived.screen.candidates : undefined);
    backend.submit(recorded.program);
    derived.updated(screens);
    await this.#noteClipping();
  }

  clear(): void {
    this.#cache.clear();
  }

  // deno-lint-ignore require-await -- asynchronous by contract
  async ofAllLatents(values: Values): Promise<Values> {
    return values;
  }

  // deno-lint-ignore require-await -- asynchronous by contract
  async candidatesOfAll(candidates: number | undefined): Promise<number | undefined> {
    return candidates;
  }

  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
  }

  async #of(kind: StepKind): Promise<RecordedStep> {
    const { B, P, float16, room, screens, k } = kind;
    const key = `${B} ${P} ${float16} ${room} ${screens} ${k}`;
    return await this.#cache.get(key, (w) => this.#record(w, kind));
  }

  /** Keeps the factor by which the step clipped what the next one adds to its gradients. */
  async #noteClipping(): Promise<void> {
    const { backend, options: { adam, recipe }, tensors: { carried, norm } } = this.#parts;
    if (carried === undefined) return;
    const [found] = await backend.read(norm);
    const factor = Math.min(1, adam.maxNorm / (found + recipe.compatibility.clipEpsilon));
    backend.write(carried.factor, [Number.isFinite(factor) ? factor : 0]);
  }

  async #record(
    w: Workspace,
    { B, P, float16, room, screens, k }: StepKind,
  ): Promise<RecordedStep> {
    const { backend, options, tensors: t, derived, ring: { slot, rows: ring } } = this.#parts;
    const [N, d] = t.model.encoder.shape;
    const sizes = { B, d, N, P };
    const scaled = options.inputScaling !== "none";
    const batch = new BatchInput(w, { rows: B, inputSize: d, float16, scaled });
    const own = stepTensors(w, sizes, { ...t, input: batch.input });
    const recipe = await stepFrame(w, { sizes, options, tensors: t, step: own, k });
    const { step, readings, jump, clipNorm } = recipe;
    const screen = screens ? screenOf(w, B, derived.screen) : undefined;
    const parts = {
      sizes,
      loss: { ...options.loss, k },
      tensors: step,
      readings,
      jump,
      additions: (encoderInput: Tensor) => recipe.additions(encoderInput),
      room,
      screen,
      gradients: t.gradients,
      control: (r: Recorder) => {
        if (options.loss.penaltyL0 !== undefined) return;
        recordController(r, { tensors: t, options, l0: step.l0 });
      },
    };
    const program = w.own(
      await backend.record((r) => {
        batch.record(r, t);
        recipe.beforeStep(r);
        recordStep(r, w, parts);
        recipe.afterStep(r);
        // The target-L0 penalty is a term of its own, and its slope stands in the place of λ.
        const penaltyWeights = options.loss.penaltyL0 === undefined ? step.tailWeights : w.f32(P);
        const update = { rows: B, options, tensors: t, step, penaltyWeights, clipNorm, slot, ring };
        recordUpdate(r, w, { ...update, screen });
        recipe.afterUpdate(r);
      }),
    );
    const { bounds, tailWeights } = step;
    return { program, batch, prefixes: { bounds, weights: recipe.weights, tailWeights } };
  }
}

/** Records the steering of λ by the L0 of the last prefix. */
export function recordController(
  r: Recorder,
  { tensors: { sparsityControls: controls, baseCoefficient, coefficient }, options, l0 }: {
    readonly tensors: TrainerTensors;
    readonly options: ResolvedTrainer;
    readonly l0: Tensor;
  },
): void {
  const { targetL0 = 0 } = options;
  r.run(sparsityController, { l0, controls, baseCoefficient, coefficient }, { targetL0 });
}
