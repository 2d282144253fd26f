/**
 * The training loop: commands over tensors that stay on the backend, no readback inside a step.
 *
 * @module
 */
import { adam } from "../kernels/adam.ts";
import { gatherRows } from "../kernels/gather_rows.ts";
import { globalNorm } from "../kernels/global_norm.ts";
import type { Backend, Program, Recorder, Tensor } from "../kernels/kernel.ts";
import { latentHistory } from "../kernels/latent_history.ts";
import { scaleInput } from "../kernels/scale_input.ts";
import { sparsityController } from "../kernels/sparsity_controller.ts";
import { stepMetrics } from "../kernels/step_metrics.ts";
import { totalVariance } from "../kernels/total_variance.ts";
import { resolvePrefixes } from "./loss_options.ts";
import { MetricsRing, type StepMetrics } from "./metrics_ring.ts";
import {
  checkBatch,
  foldInputScale,
  initialParameters,
  PARAMETER_NAMES,
  type SaeParameters,
} from "./parameters.ts";
import { PathChoice } from "./path_choice.ts";
import { Random, STREAMS } from "./random.ts";
import { recordStep, type StepTensors, stepTensors } from "./step_recording.ts";
import {
  learningRateAt,
  type ResolvedTrainer,
  resolveTrainer,
  type TrainerOptions,
} from "./trainer_options.ts";
import { type ParameterTensors, readParameters, Workspace } from "./workspace.ts";

const TASK = "take a training step";
/** Decay of the running input norm and of the running importance, the author's. */
const RUNNING_DECAY = 0.99, IMPORTANCE_DECAY = 0.99;
/** Squares of larger inputs might not sum to a finite float32, and spoil the running norm for good. */
const LARGEST_INPUT = 1e15;
/** Programs kept for other batch sizes, prefix counts and paths before the oldest is dropped. */
const PROGRAMS_KEPT = 4;

/** Tensors that live as long as the trainer. */
interface TrainerTensors {
  readonly model: ParameterTensors;
  readonly gradients: ParameterTensors;
  readonly firstMoments: ParameterTensors;
  readonly secondMoments: ParameterTensors;
  readonly threshold: Tensor;
  /** λ₀ and λ. */
  readonly baseCoefficient: Tensor;
  readonly coefficient: Tensor;
  readonly sparsityControls: Tensor;
  readonly adamControls: Tensor;
  readonly runningNorm: Tensor;
  readonly scale: Tensor;
  readonly correction: Tensor;
  readonly norm: Tensor;
  readonly totalVariance: Tensor;
  readonly silentSteps: Tensor;
  readonly importance: Tensor;
}

interface RecordedStep {
  readonly workspace: Workspace;
  readonly program: Program;
  readonly raw: Tensor;
  readonly tensors: StepTensors;
}

/**
 * Trains a sparse autoencoder with the Matryoshka loss.
 *
 * @example Vanilla is `prefixCount: 1`
 * ```ts
 * import { createBackend, Random, ToyTree, Trainer } from "@matryoshka/sae";
 * import { assert } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const world = ToyTree.create({ seed: 1 });
 * using trainer = await Trainer.create(backend, {
 *   inputSize: 20,
 *   latentCount: 20,
 *   steps: 20,
 *   prefixCount: 5,
 *   targetL0: 1.2,
 * });
 * const random = Random.fromSeed(2);
 * for (let step = 0; step < 20; step++) await trainer.step(world.sample(64, random).batch);
 * const { loss, l0, perPrefix } = await trainer.metrics();
 * assert(loss > 0 && l0 > 0 && perPrefix.length === 5);
 * ```
 */
export class Trainer implements Disposable {
  readonly #backend: Backend;
  readonly #sizes: { readonly d: number; readonly N: number };
  readonly #options: ResolvedTrainer;
  readonly #workspace: Workspace;
  readonly #tensors: TrainerTensors;
  readonly #ring: MetricsRing;
  readonly #path: PathChoice;
  readonly #prefixRandom: Random;
  readonly #programs = new Map<string, RecordedStep>();
  #step = 0;
  #busy = false;
  #disposed = false;

  private constructor(backend: Backend, given: TrainerOptions) {
    const options = resolveTrainer(given);
    const { inputSize: d, latentCount: N, seed = 0 } = given;
    const w = new Workspace(backend);
    const initial = given.initial ??
      initialParameters(d, N, Random.fromSeed(seed, STREAMS.parameters));
    this.#backend = backend;
    this.#options = options;
    this.#sizes = { d, N };
    this.#workspace = w;
    this.#prefixRandom = Random.fromSeed(seed, STREAMS.prefixes);
    this.#tensors = {
      model: w.parameters(d, N, initial),
      gradients: w.parameters(d, N),
      firstMoments: w.parameters(d, N),
      secondMoments: w.parameters(d, N),
      threshold: w.filled(options.loss.threshold ?? new Float32Array(N), N),
      baseCoefficient: w.filled([options.loss.coefficient], 1),
      coefficient: w.f32(1),
      sparsityControls: w.f32(2),
      adamControls: w.f32(3),
      runningNorm: w.f32(1),
      scale: w.filled([1], 1),
      correction: w.f32(1),
      norm: w.f32(1),
      totalVariance: w.f32(1),
      silentSteps: w.u32(N),
      importance: w.f32(N),
    };
    this.#ring = new MetricsRing(backend, d, options);
    this.#path = new PathChoice(options.path, options.loss, N);
  }

  /**
   * Makes a trainer on a backend.
   *
   * @throws {RangeError | TypeError} if an option is out of its range or kind.
   */
  // deno-lint-ignore require-await -- asynchronous by contract, so that bad options reject
  static async create(backend: Backend, options: TrainerOptions): Promise<Trainer> {
    return new Trainer(backend, options);
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.#step;
  }

  /** "dense" or "sparse": how the next step will be computed. */
  get path(): "dense" | "sparse" {
    return this.#path.current;
  }

  /**
   * One training step on a batch [rows, inputSize]. Await it before the next.
   *
   * @param batch The rows; any number of them, and it may change from step to step.
   * @param options `prefixes`: lengths for this step instead of drawn ones.
   * @throws {RangeError} on an incomplete row, NaN or infinity (the message names the row), or prefixes
   * that do not ascend to latentCount. Nothing has changed then.
   */
  async step(
    batch: Float32Array,
    { prefixes }: { readonly prefixes?: readonly number[] } = {},
  ): Promise<void> {
    if (this.#busy) throw new Error(`Cannot ${TASK}: the one before has not been awaited`);
    this.#checkAlive();
    this.#busy = true;
    try {
      const { d, N } = this.#sizes;
      const scaled = this.#options.inputScaling !== "none";
      const B = checkBatch(batch, d, TASK, scaled ? LARGEST_INPUT : undefined);
      const lengths = prefixes ?? this.#options.prefixes(this.#prefixRandom);
      const { bounds, weights } = resolvePrefixes(this.#options.loss, lengths, N, TASK);
      const recorded = await this.#recorded(B, bounds.length);
      this.#backend.write(recorded.raw, batch);
      this.#backend.write(recorded.tensors.bounds, bounds);
      this.#backend.write(recorded.tensors.weights, weights);
      this.#writeControls();
      this.#ring.begin(this.#step, lengths);
      this.#backend.submit(recorded.program);
      this.#step++;
      await this.#atIntervals();
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Figures of the last step.
   *
   * @throws {RangeError} if no step has been taken, or a loss since the last reading is not finite: the
   * message names the step. Parameters are as they were before that step.
   */
  async metrics(): Promise<StepMetrics> {
    if (this.#step === 0) throw new RangeError("Cannot give metrics: no step has been taken");
    const silent = await this.#backend.read(this.#tensors.silentSteps);
    const dead = Array.from(silent, (steps) => steps >= this.#options.deadAfter);
    return await this.#ring.latest(dead);
  }

  /** The parameters as trained: on scaled inputs, if inputs are scaled. See `rawParameters`. */
  parameters(): Promise<SaeParameters> {
    return readParameters(this.#backend, this.#tensors.model);
  }

  /** What inputs are multiplied by at present; 1 without input scaling. */
  async inputScale(): Promise<number> {
    return (await this.#backend.read(this.#tensors.scale))[0];
  }

  /** The parameters with the input scale folded in: they take and give raw activations. */
  async rawParameters(): Promise<SaeParameters> {
    return foldInputScale(await this.parameters(), await this.inputScale());
  }

  /** θ of jumprelu [N], in the order of the latents now: a permutation moves them. Else undefined. */
  async threshold(): Promise<Float32Array | undefined> {
    if (this.#options.loss.threshold === undefined) return undefined;
    return Float32Array.from(await this.#backend.read(this.#tensors.threshold));
  }

  /** Frees everything that the trainer holds on the backend. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const recorded of this.#programs.values()) recorded.workspace[Symbol.dispose]();
    this.#programs.clear();
    this.#ring[Symbol.dispose]();
    this.#workspace[Symbol.dispose]();
  }

  #checkAlive(): void {
    if (this.#disposed) throw new Error(`Cannot ${TASK}: the trainer is disposed`);
  }

  /** Numbers that depend on the step alone: the host knows them. */
  #writeControls(): void {
    const { adam, sparsityRate, sparsityWarmupSteps, targetL0, inputScaling } = this.#options;
    const t = this.#step + 1;
    this.#backend.write(this.#tensors.adamControls, [
      learningRateAt(this.#step, this.#options),
      1 - adam.beta1 ** t,
      1 - adam.beta2 ** t,
    ]);
    const steered = targetL0 !== undefined && this.#step > sparsityWarmupSteps;
    this.#backend.write(this.#tensors.sparsityControls, [
      steered ? sparsityRate : 0,
      sparsityWarmupSteps > 0 ? Math.min(t / sparsityWarmupSteps, 1) : 1,
    ]);
    const correction = inputScaling === "corrected" ? 1 - RUNNING_DECAY ** t : 1;
    this.#backend.write(this.#tensors.correction, [correction]);
  }

  /** The program for this batch size and number of prefixes, recorded at its first use. */
  async #recorded(B: number, P: number): Promise<RecordedStep> {
    if (!this.#ring.fits(P)) {
      await this.#ring.drain();
      this.#checkAlive();
      this.#dropPrograms(0);
      this.#ring.widen(P);
    }
    const capacity = this.#path.capacity(B);
    const key = `${B} ${P} ${capacity}`;
    const known = this.#programs.get(key);
    if (known) return known;
    this.#dropPrograms(PROGRAMS_KEPT - 1);
    const workspace = new Workspace(this.#backend);
    try {
      const recorded = await this.#record(workspace, B, P, capacity);
      this.#checkAlive();
      this.#programs.set(key, recorded);
      return recorded;
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  #dropPrograms(kept: number): void {
    for (const [key, { workspace }] of this.#programs) {
      if (this.#programs.size <= kept) return;
      workspace[Symbol.dispose]();
      this.#programs.delete(key);
    }
  }

  async #record(
    w: Workspace,
    B: number,
    P: number,
    capacity: number | undefined,
  ): Promise<RecordedStep> {
    const sizes = { ...this.#sizes, B, P };
    const { loss, inputScaling } = this.#options;
    const t = this.#tensors;
    const raw = w.f32(B, sizes.d);
    const input = inputScaling === "none" ? raw : w.f32(B, sizes.d);
    const tensors = stepTensors(w, sizes, { ...t, input });
    const control = (r: Recorder) => this.#recordController(r, tensors.l0);
    const plan = { sizes, loss, tensors, capacity, gradients: t.gradients, control };
    const program = w.own(
      await this.#backend.record((r) => {
        if (inputScaling !== "none") {
          const { correction, runningNorm: running, scale } = t;
          r.run(scaleInput, { raw, correction, running, scale, input }, { decay: RUNNING_DECAY });
        }
        recordStep(r, w, plan);
        this.#recordUpdate(r, w, tensors, B);
      }),
    );
    return { workspace: w, program, raw, tensors };
  }

  #recordController(r: Recorder, l0: Tensor): void {
    const { sparsityControls: controls, baseCoefficient, coefficient } = this.#tensors;
    const targetL0 = this.#options.targetL0 ?? 0;
    r.run(sparsityController, { l0, controls, baseCoefficient, coefficient }, { targetL0 });
  }

  #recordUpdate(r: Recorder, w: Workspace, tensors: StepTensors, B: number): void {
    const { model, gradients, firstMoments, secondMoments, norm, adamControls, ...t } =
      this.#tensors;
    r.run(globalNorm, {
      encoderGradient: gradients.encoder,
      encoderBiasGradient: gradients.encoderBias,
      decoderGradient: gradients.decoder,
      decoderBiasGradient: gradients.decoderBias,
      norm,
    }, {});
    for (const name of PARAMETER_NAMES) {
      const flat = (tensor: Tensor) => w.view(tensor, tensor.shape.reduce((a, b) => a * b));
      r.run(adam, {
        parameter: flat(model[name]),
        gradient: flat(gradients[name]),
        firstMoment: flat(firstMoments[name]),
        secondMoment: flat(secondMoments[name]),
        norm,
        controls: adamControls,
      }, this.#options.adam);
    }
    r.run(latentHistory, {
      counts: tensors.counts,
      squares: tensors.squares,
      silentSteps: t.silentSteps,
      importance: t.importance,
    }, { rows: B, decay: IMPORTANCE_DECAY });
    r.run(totalVariance, { input: tensors.input, totalVariance: t.totalVariance }, {});
    r.run(stepMetrics, {
      squaredErrors: tensors.squaredErrors,
      sparsity: tensors.sparsity,
      l0: tensors.l0,
      weights: tensors.weights,
      coefficient: t.coefficient,
      totalVariance: t.totalVariance,
      norm,
      slot: this.#ring.slot,
      ring: this.#ring.rows,
    }, {});
  }

  /** What happens every so many steps only, and reads back. */
  async #atIntervals(): Promise<void> {
    if (this.#ring.isFull(this.#step)) {
      await this.#ring.drain();
      this.#path.observe(this.#ring.takeLargestL0());
    }
    const { permuteEvery } = this.#options;
    if (permuteEvery > 0 && this.#step % permuteEvery === 0) await this.#permute();
  }

  /** Reorders latents by falling importance, with all that belongs to them. */
  async #permute(): Promise<void> {
    const { d, N } = this.#sizes;
    const { model, firstMoments, secondMoments, importance, threshold, silentSteps } =
      this.#tensors;
    const weights = await this.#backend.read(importance);
    const order = Uint32Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a] || a - b);
    const silent = await this.#backend.read(silentSteps);
    using w = new Workspace(this.#backend);
    const orderTensor = w.u32(N);
    this.#backend.write(orderTensor, order);
    const wide = [model, firstMoments, secondMoments].flatMap((p) => [p.encoder, p.decoder]);
    const narrow = [model, firstMoments, secondMoments].map((p) => p.encoderBias);
    const scratch = w.f32(N, d), narrowScratch = w.view(scratch, N, 1);
    const program = w.own(
      await this.#backend.record((r) => {
        for (const target of wide) {
          r.copy(target, scratch);
          r.run(gatherRows, { source: scratch, order: orderTensor, target }, {});
        }
        for (const tensor of [...narrow, importance, threshold]) {
          const target = w.view(tensor, N, 1);
          r.copy(target, narrowScratch);
          r.run(gatherRows, { source: narrowScratch, order: orderTensor, target }, {});
        }
      }),
    );
    this.#backend.submit(program);
    this.#backend.write(silentSteps, order.map((i) => silent[i]));
  }
}
