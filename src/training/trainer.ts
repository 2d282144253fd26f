/**
 * The training loop: commands over tensors that stay on the backend, without a readback inside a step.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkObject } from "../base/checks.ts";
import type { Batch } from "../model/batch.ts";
import type { Range } from "../distributed/shares.ts";
import type { SaeParameters } from "../model/parameters.ts";
import { readParameters } from "../step/workspace.ts";
import type { StepMetrics } from "./metrics_ring.ts";
import { currentMetrics, runningThresholdOf } from "./current_metrics.ts";
import { doPeriodicWork } from "./periodic_work.ts";
import { EVALUATE, evaluatePrefixes, type PrefixReading } from "./prefix_evaluation.ts";
import { rawParametersOf } from "./raw_parameters.ts";
import { STEP, stepInput } from "./step_input.ts";
import { TaskGuard } from "./task_guard.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import { freshParts, resumedParts, stateOf, type TrainerParts } from "./trainer_parts.ts";
import { checkTrainerState, currentNames, type TrainerState } from "./trainer_state.ts";

const STATE = "give the training state";

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
  readonly #parts: TrainerParts;
  readonly #guard: TaskGuard;
  #step: number;

  private constructor(parts: TrainerParts) {
    this.#parts = parts;
    this.#step = parts.step;
    this.#guard = new TaskGuard(() => `${this.#step} steps were taken; ${parts.ring.lastKnown}`);
  }

  /**
   * Makes a trainer on a backend.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the trainer.
   * @param options Sizes, step count, and any overrides of the defaults.
   * @throws {RangeError | TypeError} if an option is unknown, or its value has the wrong type or is out of range.
   */
  static async create(backend: Backend, options: TrainerOptions): Promise<Trainer> {
    return new Trainer(await freshParts(backend, options));
  }

  /**
   * Makes a trainer that continues from {@linkcode Trainer.state}. On the same backend (see `TrainerState.backend`)
   * every later number but `StepMetrics.screening` is, bit for bit, the one that an uninterrupted run would give.
   *
   * @param backend Where to compute; it must outlive the trainer.
   * @param options The options of the run. Initial parameters and thresholds are those of the state. More `steps`
   * extend the run: the learning rate then follows the longer run's schedule, all else stays as first planned.
   * @param state The state to continue from. Over several ranks: of all latents, or of those of this rank.
   * @throws {DifferentOptionsError} if options differ from the state's: the message names each, with both values.
   * @throws {RangeError} if the state is invalid: the message names the value.
   * @throws {TypeError} if a value has the wrong type.
   *
   * @example
   * ```ts
   * import { createBackend, Random, ToyTree, Trainer } from "@matryoshka/sae";
   * import { assertEquals } from "@std/assert";
   *
   * using backend = await createBackend("reference");
   * const options = { inputSize: 20, latentCount: 20, steps: 20, targetL0: 1.2 };
   * const batches = ToyTree.create().batches(64, Random.fromSeed(2));
   * using trainer = await Trainer.create(backend, options);
   * for (let step = 0; step < 10; step++) await trainer.step((await batches.next()).value!);
   *
   * using resumed = await Trainer.resume(backend, options, await trainer.state());
   * const { value: next } = await batches.next();
   * await trainer.step(next!);
   * await resumed.step(next!);
   * assertEquals(await resumed.metrics(), await trainer.metrics());
   * ```
   */
  static async resume(
    backend: Backend,
    options: TrainerOptions,
    state: TrainerState,
  ): Promise<Trainer> {
    checkObject(state, "the state", "resume training");
    return new Trainer(await resumedParts(backend, options, currentNames(state)));
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.#step;
  }

  /** The algorithm of the next step. */
  get algorithm(): "dense" | "sparse" {
    return this.#parts.algorithm.current;
  }

  /** The latents that this trainer holds: all N, or over several ranks those of its rank. */
  get latents(): Range {
    return this.#parts.latents;
  }

  /** The number of the replica that this trainer belongs to, from 0: see `TrainerOptions.ranksPerReplica`. */
  get replica(): number {
    return this.#parts.replica;
  }

  /** @deprecated The former name of `algorithm`. */
  get path(): "dense" | "sparse" {
    return this.#parts.algorithm.current;
  }

  /**
   * Takes a training step on a batch [rows, inputSize]. Await it before the next one. Over several ranks, every rank
   * gives the same whole batch.
   *
   * Metrics are read every 32 steps, when the number of prefixes grows, and by the methods that return metrics or
   * parameters. Only then is a loss or gradient found that is not finite, so an error thrown here may concern an
   * earlier step, which it names. This step has then been taken, unless the number of prefixes grew (see
   * `stepCount`), and training may continue.
   *
   * @param batch The rows; their number may change from step to step. A float16 batch gives the same bits as the
   * same values in float32, and uploads half the bytes.
   * @param options `prefixes`: lengths for this step, instead of drawn ones.
   * @throws {RangeError} on an incomplete row, NaN or infinity (the message names the row), or prefixes that do not
   * ascend to latentCount, and the step is not taken; or if an earlier step was not finite.
   * @throws {TypeError} if the batch or the prefixes have the wrong type. The step is not taken.
   * @throws {Error} if the previous step has not been awaited, or the trainer is disposed.
   */
  async step(
    batch: Batch,
    options: { readonly prefixes?: ArrayLike<number> } = {},
  ): Promise<void> {
    return await this.#guard.alone(STEP, "the previous one has not been awaited", async () => {
      const checkAlive = () => this.#guard.checkAlive(STEP);
      const given = { step: this.#step, batch, options, checkAlive };
      await this.#parts.steps.take(await stepInput(this.#parts, given));
      this.#step++;
      await doPeriodicWork(this.#parts, this.#step, () => this.#guard.isDisposed);
    });
  }

  /**
   * Returns the metrics of the last step. Over several ranks, all ranks must call it, and get the same metrics.
   *
   * @throws {RangeError} if no step has been taken, or a loss or gradient since the last reading is not finite: the
   * message names the step and says whether its update was applied. Each such step is reported once.
   * @throws {Error} if the trainer is disposed, or over several ranks if a step or metrics have not been awaited.
   */
  async metrics(): Promise<StepMetrics> {
    const task = "give metrics";
    const give = async () => {
      if (this.#step === 0) throw new RangeError(`Cannot ${task}: no step has been taken`);
      return await currentMetrics(this.#parts);
    };
    // Ranks must make their calls in one order; a trainer alone may give metrics during a step.
    if (this.#parts.grid === undefined) return await this.#guard.named(task, give);
    return await this.#guard.alone(task, "a step or metrics have not been awaited", give);
  }

  /**
   * Measures prefixes as they are now, by one forward pass over a batch [rows, inputSize]. Training is not affected.
   *
   * @param batch The rows, which `inputScale` scales; "batchtopk" selects among them.
   * @param prefixes Ascending lengths, the last of them latentCount.
   * @throws {RangeError | TypeError} on a batch or prefixes that `step` would refuse.
   * @throws {Error} if a step has not been awaited, the trainer is disposed, or there are more ranks: see `evaluateShare`.
   *
   * @example
   * ```ts
   * import { createBackend, Random, ToyTree, Trainer } from "@matryoshka/sae";
   * import { assertEquals } from "@std/assert";
   *
   * using backend = await createBackend("reference");
   * using trainer = await Trainer.create(backend, { inputSize: 20, latentCount: 16, steps: 20 });
   * const { batch } = ToyTree.create().sample(64, Random.fromSeed(2));
   * await trainer.step(batch);
   * const readings = await trainer.evaluatePrefixes(batch, [1, 4, 16]);
   * assertEquals(readings.map(({ prefix }) => prefix), [1, 4, 16]);
   * ```
   */
  async evaluatePrefixes(batch: Batch, prefixes: ArrayLike<number>): Promise<PrefixReading[]> {
    return await this.#guard.alone(EVALUATE, "a step has not been awaited", async () => {
      const checkAlive = () => this.#guard.checkAlive(EVALUATE);
      const question = { batch, prefixes, steps: this.#step, checkAlive };
      return await evaluatePrefixes(this.#parts, question);
    });
  }

  /**
   * Returns the parameters as they are trained, which is on scaled inputs. See `rawParameters`. Over several ranks,
   * they are those of `latents`.
   *
   * @throws {RangeError} if a loss or gradient since the last reading is not finite, as `metrics` does, or if a
   * parameter is not: the message names it.
   * @throws {Error} if the trainer is disposed.
   */
  async parameters(): Promise<SaeParameters> {
    const task = "give parameters";
    return await this.#guard.named(task, async () => {
      // Before the parameters: an error about the step explains more than one about an element.
      await this.#parts.ring.drain();
      this.#guard.checkAlive(task);
      return await readParameters(this.#parts.backend, this.#parts.tensors.model, task);
    });
  }

  /**
   * Returns the factor by which inputs are scaled at present; 1 without input scaling.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async inputScale(): Promise<number> {
    this.#guard.checkAlive("give the input scale");
    return (await this.#parts.backend.read(this.#parts.tensors.scale))[0];
  }

  /**
   * Returns the parameters with input scale and `scaleByDecoderNorm` folded in, which take and give raw activations.
   *
   * @throws {RangeError} as `parameters`, or if a value does not stay finite.
   * @throws {Error} if the trainer is disposed.
   */
  async rawParameters(): Promise<SaeParameters> {
    return rawParametersOf(this.#parts, await this.parameters(), await this.inputScale());
  }

  /**
   * Returns θ of jumprelu [N] in the present order of the latents, or undefined for other activations. Over several
   * ranks, they are those of `latents`.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async threshold(): Promise<Float32Array | undefined> {
    this.#guard.checkAlive("give the threshold");
    if (this.#parts.options.loss.threshold === undefined) return undefined;
    return Float32Array.from(await this.#parts.backend.read(this.#parts.tensors.threshold));
  }

  /**
   * Returns the state after the last step, for {@linkcode Trainer.resume}. Training is not affected. Over several
   * ranks, its tensors are those of `latents`.
   *
   * @throws {RangeError} if a loss or gradient since the last reading is not finite, as `metrics` does, or if a
   * number of the state is not: the message names it.
   * @throws {Error} if a step has not been awaited, or the trainer is disposed.
   */
  async state(): Promise<TrainerState> {
    // A step between two of the readings would make the state inconsistent.
    return await this.#guard.alone(STATE, "a step has not been awaited", async () => {
      const metrics = await this.#parts.ring.state();
      this.#guard.checkAlive(STATE);
      const state = await stateOf(this.#parts, this.#step, metrics);
      checkTrainerState(state, STATE);
      return state;
    });
  }

  /**
   * Returns the threshold above which single rows should be encoded, by jumprelu, to keep about as many latents as the
   * top-k selection of training does: a running mean of the smallest kept activation. See
   * `TrainerOptions.inferenceThreshold`. Activations, and so the threshold, do not depend on the input scale.
   *
   * @returns The threshold; undefined if it is not followed, or no activation has been seen.
   * @throws {Error} if the trainer is disposed.
   */
  async inferenceThreshold(): Promise<number | undefined> {
    this.#guard.checkAlive("give the inference threshold");
    return await runningThresholdOf(this.#parts.backend, this.#parts.tensors);
  }

  /** Frees everything that the trainer holds on the backend. */
  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
    this.#parts.steps[Symbol.dispose]();
    this.#parts.ring[Symbol.dispose]();
    this.#parts.workspace[Symbol.dispose]();
  }
}
