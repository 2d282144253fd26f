/**
 * The training loop: commands over tensors that stay on the backend, no readback inside a step.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { type Batch, checkTrainingBatch } from "../model/batch.ts";
import { checkBackend, checkObject } from "../base/checks.ts";
import { resolvePrefixes } from "../step/loss_options.ts";
import { MetricsRing, type StepMetrics } from "./metrics_ring.ts";
import { foldInputScale, initialParameters, type SaeParameters } from "../model/parameters.ts";
import { checkSameOptions, type OptionsRecord } from "../base/options_record.ts";
import { optionsRecord } from "./options_record.ts";
import { AlgorithmChoice } from "../step/algorithm_choice.ts";
import { permuteLatents } from "./permutation.ts";
import { Random, STREAMS } from "../base/random.ts";
import { writeControls } from "./step_controls.ts";
import { StepPrograms } from "./step_programs.ts";
import { type ResolvedTrainer, resolveTrainer, type TrainerOptions } from "./trainer_options.ts";
import {
  checkTrainerState,
  currentNames,
  readStateTensors,
  type TrainerState,
  writeStateTensors,
} from "./trainer_state.ts";
import { type TrainerTensors, trainerTensors } from "./trainer_tensors.ts";
import { readParameters, Workspace } from "../step/workspace.ts";

const TASK = "take a training step", RESUME = "resume training", STATE = "give the training state";

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
  readonly #record: OptionsRecord;
  readonly #workspace: Workspace;
  readonly #tensors: TrainerTensors;
  readonly #ring: MetricsRing;
  readonly #algorithm: AlgorithmChoice;
  readonly #prefixRandom: Random;
  readonly #programs: StepPrograms;
  #step = 0;
  #busy = false;
  #disposed = false;

  private constructor(backend: Backend, given: TrainerOptions, state?: TrainerState) {
    const options = resolveTrainer(given);
    checkBackend(backend, state ? RESUME : "create a trainer");
    const { inputSize: d, latentCount: N } = given, { seed } = options;
    this.#backend = backend;
    this.#options = options;
    this.#record = optionsRecord(given, options);
    this.#sizes = { d, N };
    this.#algorithm = new AlgorithmChoice(options.algorithm, options.loss, N);
    if (state) {
      checkTrainerState(state, RESUME);
      checkSameOptions(this.#record, state.options, RESUME, "the state");
      this.#algorithm.restore(state.algorithm, RESUME);
    }
    this.#prefixRandom = state
      ? Random.fromState(state.prefixRandom)
      : Random.fromSeed(seed, STREAMS.prefixes);
    const initial = state ? undefined : given.initial ??
      initialParameters(d, N, Random.fromSeed(seed, STREAMS.parameters));
    this.#workspace = new Workspace(backend);
    try {
      this.#tensors = trainerTensors(this.#workspace, options, this.#sizes, initial);
      if (state) writeStateTensors(backend, this.#tensors, state.tensors);
      this.#ring = new MetricsRing(backend, d, options);
      this.#programs = new StepPrograms(backend, options, this.#tensors, this.#ring);
    } catch (error) {
      this.#workspace[Symbol.dispose]();
      throw error;
    }
    if (!state) return;
    this.#step = state.step;
    this.#ring.restore(state.metrics, state.step);
  }

  /**
   * Makes a trainer on a backend.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the trainer.
   * @param options Sizes and steps, and what is not to be as by default.
   * @throws {RangeError | TypeError} if an option is out of its range or kind.
   */
  // deno-lint-ignore require-await -- asynchronous by contract, so that bad options reject
  static async create(backend: Backend, options: TrainerOptions): Promise<Trainer> {
    return new Trainer(backend, options);
  }

  /**
   * Makes a trainer that goes on where {@linkcode Trainer.state} was taken. On the same backend (see
   * `TrainerState.backend`) every later number is, bit for bit, what it would have been without the break.
   *
   * @param backend Where to compute; it must outlive the trainer.
   * @param options The options of the run, or others that come to the same. Parameters and thresholds to
   * start from need not be the same: those of the state take their place.
   * @param state Where to go on.
   * @throws {RangeError} if an option differs from the state's (the message names each, with both values),
   * or the state is not one that a trainer gives: the message names what is wrong in it.
   * @throws {TypeError} if something is of the wrong kind.
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
  // deno-lint-ignore require-await -- asynchronous by contract, so that bad options reject
  static async resume(
    backend: Backend,
    options: TrainerOptions,
    state: TrainerState,
  ): Promise<Trainer> {
    checkObject(state, "the state", RESUME);
    return new Trainer(backend, options, currentNames(state));
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.#step;
  }

  /** "dense" or "sparse": how the next step will be computed. */
  get algorithm(): "dense" | "sparse" {
    return this.#algorithm.current;
  }

  /** @deprecated The former name of `algorithm`. */
  get path(): "dense" | "sparse" {
    return this.#algorithm.current;
  }

  /**
   * One training step on a batch [rows, inputSize]. Await it before the next.
   *
   * A loss or gradient that is not finite shows when figures are read: every 32 steps, when the number of
   * prefixes grows, and by the methods that give figures or parameters. So an error of this step may be of an
   * earlier one, which it names; this step has been taken then, unless the number of prefixes grew
   * (`stepCount` tells), and training may go on.
   *
   * @param batch The rows; any number of them, and it may change from step to step. A float16 batch
   * gives the same bits as its values in float32, from an upload of half the bytes.
   * @param options `prefixes`: lengths for this step instead of drawn ones.
   * @throws {RangeError} on an incomplete row, NaN or infinity (the message names the row), or prefixes
   * that do not ascend to latentCount: nothing has changed then. Or if an earlier step was not finite.
   * @throws {TypeError} if the batch or the prefixes are of the wrong kind. Nothing has changed then.
   * @throws {Error} if the step before has not been awaited, or the trainer is disposed.
   */
  async step(
    batch: Batch,
    options: { readonly prefixes?: ArrayLike<number> } = {},
  ): Promise<void> {
    if (this.#busy) throw new Error(`Cannot ${TASK}: the one before has not been awaited`);
    this.#checkAlive(TASK);
    this.#busy = true;
    try {
      const { d, N } = this.#sizes;
      const scaled = this.#options.inputScaling !== "none";
      const B = checkTrainingBatch(batch, d, TASK, scaled);
      checkObject(options, "options", TASK);
      const lengths = options.prefixes === undefined
        ? this.#options.prefixes.next(this.#prefixRandom)
        : options.prefixes;
      const { bounds, weights } = resolvePrefixes(this.#options.loss, lengths, N, TASK);
      const P = bounds.length, float16 = batch instanceof Uint16Array;
      if (!this.#ring.fits(P)) await this.#widenRing(P);
      const room = this.#algorithm.roomFor(B);
      const recorded = await this.#programs.of({ B, P, float16, room });
      this.#checkAlive(TASK);
      recorded.batch.write(this.#backend, batch);
      this.#backend.write(recorded.tensors.bounds, bounds);
      this.#backend.write(recorded.tensors.weights, weights);
      writeControls(this.#backend, this.#tensors, this.#options, this.#step);
      this.#ring.begin(this.#step, Array.from(bounds));
      this.#backend.submit(recorded.program);
      this.#step++;
      await this.#atIntervals();
    } catch (error) {
      throw this.#withLastKnown(error);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Figures of the last step.
   *
   * @throws {RangeError} if no step has been taken, or a loss or gradient since the last reading is not
   * finite: the message names the step, and says whether its update was applied. It is told once.
   * @throws {Error} if the trainer is disposed.
   */
  async metrics(): Promise<StepMetrics> {
    this.#checkAlive("give metrics");
    if (this.#step === 0) throw new RangeError("Cannot give metrics: no step has been taken");
    try {
      const silent = await this.#backend.read(this.#tensors.silentSteps);
      const dead = Array.from(silent, (steps) => steps >= this.#options.deadAfter);
      return await this.#ring.latest(dead);
    } catch (error) {
      throw this.#withLastKnown(error);
    }
  }

  /**
   * The parameters as trained: on scaled inputs, if inputs are scaled. See `rawParameters`.
   *
   * @throws {RangeError} if a loss or gradient since the last reading is not finite, as by `metrics`, or a
   * parameter is not: the message names it.
   * @throws {Error} if the trainer is disposed.
   */
  async parameters(): Promise<SaeParameters> {
    const task = "give parameters";
    this.#checkAlive(task);
    try {
      // First: the step at which it went wrong says more than the element in which it shows.
      await this.#ring.drain();
      this.#checkAlive(task);
      return await readParameters(this.#backend, this.#tensors.model, task);
    } catch (error) {
      throw this.#withLastKnown(error);
    }
  }

  /**
   * What inputs are multiplied by at present; 1 without input scaling.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async inputScale(): Promise<number> {
    this.#checkAlive("give the input scale");
    return (await this.#backend.read(this.#tensors.scale))[0];
  }

  /**
   * The parameters with the input scale folded in: they take and give raw activations.
   *
   * @throws {RangeError} as `parameters`, or if a value does not stay finite.
   * @throws {Error} if the trainer is disposed.
   */
  async rawParameters(): Promise<SaeParameters> {
    return foldInputScale(await this.parameters(), await this.inputScale());
  }

  /**
   * θ of jumprelu [N], in the order of the latents now: a permutation moves them. Else undefined.
   *
   * @throws {Error} if the trainer is disposed.
   */
  async threshold(): Promise<Float32Array | undefined> {
    this.#checkAlive("give the threshold");
    if (this.#options.loss.threshold === undefined) return undefined;
    return Float32Array.from(await this.#backend.read(this.#tensors.threshold));
  }

  /**
   * Where training stands after the last step, for {@linkcode Trainer.resume}. Taking it changes nothing.
   *
   * @throws {RangeError} if a loss or gradient since the last reading is not finite, as by `metrics`, or a
   * number of the state is not: the message names it.
   * @throws {Error} if a step has not been awaited, or the trainer is disposed.
   */
  async state(): Promise<TrainerState> {
    if (this.#busy) throw new Error(`Cannot ${STATE}: a step has not been awaited`);
    this.#checkAlive(STATE);
    // A step between two of the readings would tear the state.
    this.#busy = true;
    try {
      const { name, description } = this.#backend;
      const metrics = await this.#ring.state();
      this.#checkAlive(STATE);
      const state = {
        step: this.#step,
        options: this.#record,
        backend: { name, description },
        prefixRandom: this.#prefixRandom.state(),
        algorithm: this.#algorithm.state(),
        metrics,
        tensors: await readStateTensors(this.#backend, this.#tensors),
      };
      checkTrainerState(state, STATE);
      return state;
    } catch (error) {
      throw this.#withLastKnown(error);
    } finally {
      this.#busy = false;
    }
  }

  /** Frees everything that the trainer holds on the backend. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#programs[Symbol.dispose]();
    this.#ring[Symbol.dispose]();
    this.#workspace[Symbol.dispose]();
  }

  /** Adds to the error of a lost device how far the run had come: all else that it knew is gone. */
  #withLastKnown(error: unknown): unknown {
    // By its name: the training core knows no backend.
    if (error instanceof Error && error.name === "DeviceLostError") {
      error.message += `. ${this.#step} steps were taken; ${this.#ring.lastKnown}`;
    }
    return error;
  }

  #checkAlive(task: string): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the trainer is disposed`);
  }

  async #widenRing(prefixCount: number): Promise<void> {
    await this.#ring.drain();
    this.#checkAlive(TASK);
    this.#programs.clear();
    this.#ring.widen(prefixCount);
  }

  /** What happens every so many steps only, and reads back. It happens even if a step was not finite. */
  async #atIntervals(): Promise<void> {
    const { permuteEvery } = this.#options;
    const full = this.#ring.isFull(this.#step);
    try {
      if (full) await this.#ring.drain();
    } finally {
      // What the other algorithm kept for itself, [B, N] arrays among it, is not kept beside the new one.
      if (full && this.#algorithm.observe(this.#ring.takeLargestL0())) this.#programs.clear();
      const due = permuteEvery > 0 && this.#step % permuteEvery === 0;
      if (due && !this.#disposed) await permuteLatents(this.#backend, this.#tensors);
    }
  }
}
