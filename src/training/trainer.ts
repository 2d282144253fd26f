/**
 * The training loop: commands over tensors that stay on the backend, without a readback inside a step.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { type Batch, checkTrainingBatch } from "../model/batch.ts";
import type { Range } from "../distributed/shares.ts";
import { foldInputScale, type SaeParameters } from "../model/parameters.ts";
import { resolvePrefixes } from "../step/loss_options.ts";
import { readParameters } from "../step/workspace.ts";
import type { StepMetrics } from "./metrics_ring.ts";
import { normalizedBatch, startDecoderBias } from "./first_batch.ts";
import { currentMetrics, runningThresholdOf } from "./current_metrics.ts";
import { doPeriodicWork, makeRoomForMetrics } from "./periodic_work.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import { freshParts, resumedParts, stateOf, type TrainerParts } from "./trainer_parts.ts";
import { checkTrainerState, currentNames, type TrainerState } from "./trainer_state.ts";

const STEP = "take a training step";
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
  #step: number;
  #busy = false;
  #disposed = false;

  private constructor(parts: TrainerParts) {
    this.#parts = parts;
    this.#step = parts.step;
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
    return await this.#alone(STEP, "the previous one has not been awaited", async () => {
      const { sizes: { d, N }, options: resolved } = this.#parts;
      const B = checkTrainingBatch(batch, d, STEP, resolved.inputScaling !== "none");
      checkObject(options, "options", STEP);
      checkKeys(options, ["prefixes"], STEP);
      const lengths = options.prefixes === undefined
        ? resolved.prefixes.next(this.#parts.prefixRandom)
        : options.prefixes;
      const { bounds, weights } = resolvePrefixes(
        resolved.loss,
        lengths,
        N,
        STEP,
        resolved.recipe.compatibility.biasPrefix,
      );
      const values = await this.#prepared(batch);
      const checkAlive = () => this.#checkAlive(STEP);
      await makeRoomForMetrics(this.#parts, bounds.length, checkAlive);
      const input = { step: this.#step, batch: values, rows: B, bounds, weights, checkAlive };
      await this.#parts.steps.take(input);
      this.#step++;
      await doPeriodicWork(this.#parts, this.#step, () => this.#disposed);
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
    if (this.#parts.grid === undefined) return await this.#named(task, give);
    return await this.#alone(task, "a step or metrics have not been awaited", give);
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
    return await this.#named(task, async () => {
      // Before the parameters: an error about the step explains more than one about an element.
      await this.#parts.ring.drain();
      this.#checkAlive(task);
      return await readParameters(this.#parts.backend, this.#parts.tensors.model, task);
    });
  }

  /**
   * Returns the factor by which inputs are scaled at present; 1 without input scaling.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async inputScale(): Promise<number> {
    this.#checkAlive("give the input scale");
    return (await this.#parts.backend.read(this.#parts.tensors.scale))[0];
  }

  /**
   * Returns the parameters with the input scale folded in, which take and give raw activations.
   *
   * @throws {RangeError} as `parameters`, or if a value does not stay finite.
   * @throws {Error} if the trainer is disposed.
   */
  async rawParameters(): Promise<SaeParameters> {
    return foldInputScale(await this.parameters(), await this.inputScale());
  }

  /**
   * Returns θ of jumprelu [N] in the present order of the latents, or undefined for other activations. Over several
   * ranks, they are those of `latents`.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async threshold(): Promise<Float32Array | undefined> {
    this.#checkAlive("give the threshold");
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
    return await this.#alone(STATE, "a step has not been awaited", async () => {
      const metrics = await this.#parts.ring.state();
      this.#checkAlive(STATE);
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
    this.#checkAlive("give the inference threshold");
    return await runningThresholdOf(this.#parts.backend, this.#parts.tensors);
  }

  /** Returns a batch as the step takes it, and lets the first one set the decoder bias. */
  async #prepared(batch: Batch): Promise<Batch | Float64Array> {
    const { options: { recipe }, sizes: { d } } = this.#parts;
    const normalized = normalizedBatch(batch, d, recipe.inputNormalization, STEP);
    if (this.#step === 0) await startDecoderBias(this.#parts, normalized);
    return normalized;
  }

  /** Frees everything that the trainer holds on the backend. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#parts.steps[Symbol.dispose]();
    this.#parts.ring[Symbol.dispose]();
    this.#parts.workspace[Symbol.dispose]();
  }

  /** Runs a task during which no other may begin. */
  async #alone<T>(task: string, busy: string, body: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error(`Cannot ${task}: ${busy}`);
    this.#busy = true;
    try {
      return await this.#named(task, body);
    } finally {
      this.#busy = false;
    }
  }

  /** Runs a task, whose errors say so if the trainer is disposed meanwhile, or how far the run came on a lost device. */
  async #named<T>(task: string, body: () => Promise<T>): Promise<T> {
    this.#checkAlive(task);
    try {
      return await body();
    } catch (error) {
      this.#checkAlive(task, error);
      // Recognised by its name, because the training core imports no backend.
      if (error instanceof Error && error.name === "DeviceLostError") {
        error.message += `. ${this.#step} steps were taken; ${this.#parts.ring.lastKnown}`;
      }
      throw error;
    }
  }

  #checkAlive(task: string, cause?: unknown): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the trainer is disposed`, { cause });
  }
}
