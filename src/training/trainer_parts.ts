/**
 * Makes the parts of a trainer, for a new run or from a state.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkInteger, checkObject } from "../base/checks.ts";
import { checkSameOptions, type OptionsRecord } from "../base/options_record.ts";
import { Random, STREAMS } from "../base/random.ts";
import { initialLatents, latentsOf, type SaeParameters } from "../model/parameters.ts";
import { checkSameOnAllRanks } from "../distributed/same_on_all_ranks.ts";
import type { Range } from "../distributed/shares.ts";
import { AlgorithmChoice } from "../step/algorithm_choice.ts";
import { ScreeningChoice } from "../step/screening_choice.ts";
import { Workspace } from "../step/workspace.ts";
import { DerivedTensors } from "./derived_tensors.ts";
import { MetricsRing } from "./metrics_ring.ts";
import type { MetricsState } from "./metrics_state.ts";
import { optionsRecord } from "./options_record.ts";
import { checkCommunicator, joinGrid, type RankGrid } from "./ranks/grid.ts";
import { fingerprintOf } from "./ranks/messages.ts";
import { RankSteps } from "./ranks/rank_steps.ts";
import { StepPrograms, type StepRunner } from "./step_programs.ts";
import { type ResolvedTrainer, resolveTrainer } from "./resolved_trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import {
  checkTrainerState,
  readStateTensors,
  stateTensorsOf,
  type TrainerState,
  writeStateTensors,
} from "./trainer_state.ts";
import { type TrainerTensors, trainerTensors } from "./trainer_tensors.ts";

const CREATE = "create a trainer";
const RESUME = "resume training";

/** The settings of a run, which hold nothing on the backend. */
interface TrainerSettings {
  readonly backend: Backend;
  readonly sizes: { readonly d: number; readonly N: number };
  readonly options: ResolvedTrainer;
  /** The options as they are compared between two runs. */
  readonly record: OptionsRecord;
  readonly algorithm: AlgorithmChoice;
  readonly screening: ScreeningChoice;
  /** The latents that are held here. */
  readonly latents: Range;
  /** The number of the replica. */
  readonly replica: number;
  /** The ranks that train together, if there are several. */
  readonly grid?: RankGrid;
}

/** The objects that hold tensors or programs on the backend. */
interface TrainerResources {
  readonly workspace: Workspace;
  readonly tensors: TrainerTensors;
  readonly derived: DerivedTensors;
  readonly ring: MetricsRing;
  readonly steps: StepRunner;
}

/** The parts of a trainer. */
export interface TrainerParts extends TrainerSettings, TrainerResources {
  readonly prefixRandom: Random;
  /** Steps taken. */
  readonly step: number;
}

/** Makes the parts of a trainer that has taken no step. */
export async function freshParts(
  backend: Backend,
  given: TrainerOptions,
): Promise<TrainerParts> {
  const settings = await settingsOf(backend, given, CREATE);
  const {
    sizes: { d },
    latents,
    grid,
    options: { seed, loss: { threshold }, recipe: { initialization } },
  } = settings;
  if (grid) await checkSameStart(grid, given.initial, threshold);
  const initial = given.initial === undefined
    ? initialLatents(d, latents, Random.fromSeed(seed, STREAMS.parameters), initialization)
    : latentsOf(given.initial, latents);
  return {
    ...settings,
    ...makeResources(settings, initial),
    prefixRandom: Random.fromSeed(seed, STREAMS.prefixes),
    step: 0,
  };
}

/** Makes the parts of a trainer that continues from a state. */
export async function resumedParts(
  backend: Backend,
  given: TrainerOptions,
  state: TrainerState,
): Promise<TrainerParts> {
  checkTrainerState(state, RESUME);
  const settings = await resumedSettings(
    backend,
    withRecorded(given, state.options),
    state.options,
  );
  settings.algorithm.restore(state.algorithm, RESUME);
  const prefixRandom = Random.fromState(state.prefixRandom);
  const { grid, options: { steps } } = settings;
  const { step, prefixRandom: position } = state;
  const same = { steps, step, prefixRandom: position };
  if (grid) await checkSameOnAllRanks(grid.world, same, RESUME);
  const tensors = stateTensorsOf(state, settings.latents, RESUME);
  const resources = makeResources(settings);
  writeStateTensors(backend, resources.tensors, tensors);
  resources.ring.restore(state.metrics, state.step);
  return { ...settings, ...resources, prefixRandom, step: state.step };
}

/**
 * Returns the settings of a run that is resumed, perhaps with more steps than before. Defaults that follow from the
 * number of steps, such as the warm-ups, stay those of the first plan: an extension moves only the end of the run.
 */
async function resumedSettings(
  backend: Backend,
  given: TrainerOptions,
  { plannedSteps, ...saved }: OptionsRecord,
): Promise<TrainerSettings> {
  const { steps } = resolveTrainer(given);
  const before = checkInteger(saved.steps, "the state's steps", RESUME);
  const planned = checkInteger(plannedSteps ?? before, "the state's plannedSteps", RESUME);
  const settings = await settingsOf(backend, { ...given, steps: planned }, RESUME);
  const wanted = { ...saved, steps: Math.max(steps, before) };
  checkSameOptions({ ...settings.record, steps }, wanted, RESUME, "the state");
  if (steps === planned) return settings;
  const options = { ...settings.options, steps, plannedSteps: planned };
  return { ...settings, options, record: optionsRecord(given, options) };
}

/** Reads the state of a trainer after this many steps. The generator and the tensors are taken when this is called. */
export async function stateOf(
  { record, backend, sizes: { N }, latents, prefixRandom, algorithm, tensors }: TrainerParts,
  step: number,
  metrics: MetricsState,
): Promise<TrainerState> {
  const { name, description } = backend;
  return {
    step,
    options: record,
    backend: { name, description },
    ...(latents.to - latents.from < N && { latents }),
    prefixRandom: prefixRandom.state(),
    algorithm: algorithm.state(),
    metrics,
    tensors: await readStateTensors(backend, tensors),
  };
}

/**
 * Returns options with those of a state where their defaults depend on the number of steps, and have been others: a
 * run that was given neither then continues as it began.
 */
function withRecorded(given: TrainerOptions, recorded: OptionsRecord): TrainerOptions {
  checkObject(given, "options", RESUME);
  const numberOf = (value: OptionsRecord[string]) => typeof value === "number" ? value : undefined;
  const { sparsityRate = numberOf(recorded.sparsityRate) } = given;
  const { deadAfter = numberOf(recorded.deadAfter) } = given;
  // Runs from before there was a running threshold go on without one.
  const follows = Object.hasOwn(recorded, "inferenceThreshold.rate");
  const { inferenceThreshold = follows ? undefined : false } = given;
  // In rows, the number of the state stands in its own option.
  const silence = given.deadAfterRows === undefined ? { deadAfter } : {};
  return { ...given, sparsityRate, inferenceThreshold, ...silence };
}

async function settingsOf(
  backend: Backend,
  given: TrainerOptions,
  task: string,
): Promise<TrainerSettings> {
  const options = resolveTrainer(given);
  checkBackend(backend, task);
  const { inputSize: d, latentCount: N } = given;
  const record = optionsRecord(given, options);
  const grid = await gridOf(given, record, task);
  const latents = grid?.latents ?? { from: 0, to: N };
  const held = latents.to - latents.from;
  return {
    backend,
    sizes: { d, N },
    options,
    record,
    algorithm: new AlgorithmChoice(
      options.algorithm,
      // Room for the largest k of the run.
      { ...options.loss, k: options.recipe.annealedK?.from ?? options.loss.k },
      N,
    ),
    screening: new ScreeningChoice(
      // What is encoded with is then another encoder than the one that Adam quantises.
      options.recipe.scaleByDecoderNorm ? "off" : options.screening,
      backend,
      { inputSize: d, latentCount: held, ...options.loss },
      task,
    ),
    latents,
    replica: grid?.peers.rank ?? 0,
    grid,
  };
}

/** Arranges the ranks, if there are several. */
async function gridOf(
  given: TrainerOptions,
  options: OptionsRecord,
  task: string,
): Promise<RankGrid | undefined> {
  const { communicator, ranksPerReplica, latentsPerRank } = given;
  if (communicator === undefined) {
    const alone = { ranksPerReplica, latentsPerRank };
    for (const [name, value] of Object.entries(alone)) {
      if (value === undefined) continue;
      throw new TypeError(`Cannot ${task}: ${name} needs a communicator, which is not given`);
    }
    return undefined;
  }
  const latents = latentsPerRank && Array.from(latentsPerRank);
  checkCommunicator(communicator, task);
  const record = { ...options, ranksPerReplica, latentsPerRank: latents };
  await checkSameOnAllRanks(communicator, record, task);
  const grid = await joinGrid(communicator, given, task);
  // One rank trains as without a communicator, bit for bit.
  return grid.world.size > 1 ? grid : undefined;
}

/** Throws unless all ranks start from the same initial parameters and thresholds, as far as a checksum tells. */
async function checkSameStart(
  { world }: RankGrid,
  initial: SaeParameters | undefined,
  threshold: Float32Array | undefined,
): Promise<void> {
  const checksum = (...arrays: Float32Array[]) =>
    `checksum ${fingerprintOf(...arrays).toString(16)}`;
  await checkSameOnAllRanks(world, {
    initial: initial &&
      checksum(initial.encoder, initial.encoderBias, initial.decoder, initial.decoderBias),
    threshold: threshold && checksum(threshold),
  }, CREATE);
}

/** Makes tensors and programs; without initial parameters the tensors are zeros, to be overwritten. */
function makeResources(
  { backend, sizes, options, algorithm, screening, latents, grid }: TrainerSettings,
  initial?: SaeParameters,
): TrainerResources {
  const workspace = new Workspace(backend);
  try {
    const tensors = trainerTensors(workspace, options, { d: sizes.d, latents }, initial);
    const ring = new MetricsRing(backend, sizes.d, options);
    const derived = new DerivedTensors(workspace, tensors);
    const parts = { backend, options, algorithm, screening, tensors, derived, ring };
    const steps = grid === undefined ? new StepPrograms(parts) : new RankSteps(parts, grid);
    return { workspace, tensors, derived, ring, steps };
  } catch (error) {
    workspace[Symbol.dispose]();
    throw error;
  }
}
