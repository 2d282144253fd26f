/**
 * Makes the parts of a trainer, for a new run or from a state.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkInteger, checkObject } from "../base/checks.ts";
import { checkSameOptions, type OptionsRecord } from "../base/options_record.ts";
import { Random, STREAMS } from "../base/random.ts";
import { initialParameters, type SaeParameters } from "../model/parameters.ts";
import { AlgorithmChoice } from "../step/algorithm_choice.ts";
import { Workspace } from "../step/workspace.ts";
import { MetricsRing } from "./metrics_ring.ts";
import type { MetricsState } from "./metrics_state.ts";
import { optionsRecord } from "./options_record.ts";
import { StepPrograms } from "./step_programs.ts";
import { type ResolvedTrainer, resolveTrainer, type TrainerOptions } from "./trainer_options.ts";
import {
  checkTrainerState,
  readStateTensors,
  type TrainerState,
  writeStateTensors,
} from "./trainer_state.ts";
import { type TrainerTensors, trainerTensors } from "./trainer_tensors.ts";

const RESUME = "resume training";

/** The settings of a run, which hold nothing on the backend. */
interface TrainerSettings {
  readonly backend: Backend;
  readonly sizes: { readonly d: number; readonly N: number };
  readonly options: ResolvedTrainer;
  /** The options as they are compared between two runs. */
  readonly record: OptionsRecord;
  readonly algorithm: AlgorithmChoice;
}

/** The objects that hold tensors or programs on the backend. */
interface TrainerResources {
  readonly workspace: Workspace;
  readonly tensors: TrainerTensors;
  readonly ring: MetricsRing;
  readonly programs: StepPrograms;
}

/** The parts of a trainer. */
export interface TrainerParts extends TrainerSettings, TrainerResources {
  readonly prefixRandom: Random;
  /** Steps taken. */
  readonly step: number;
}

/** Makes the parts of a trainer that has taken no step. */
export function freshParts(backend: Backend, given: TrainerOptions): TrainerParts {
  const settings = settingsOf(backend, given, "create a trainer");
  const { sizes: { d, N }, options: { seed } } = settings;
  const initial = given.initial ??
    initialParameters(d, N, Random.fromSeed(seed, STREAMS.parameters));
  return {
    ...settings,
    ...makeResources(settings, initial),
    prefixRandom: Random.fromSeed(seed, STREAMS.prefixes),
    step: 0,
  };
}

/** Makes the parts of a trainer that continues from a state. */
export function resumedParts(
  backend: Backend,
  given: TrainerOptions,
  state: TrainerState,
): TrainerParts {
  checkTrainerState(state, RESUME);
  const settings = resumedSettings(backend, withRecorded(given, state.options), state.options);
  settings.algorithm.restore(state.algorithm, RESUME);
  const prefixRandom = Random.fromState(state.prefixRandom);
  const resources = makeResources(settings);
  writeStateTensors(backend, resources.tensors, state.tensors);
  resources.ring.restore(state.metrics, state.step);
  return { ...settings, ...resources, prefixRandom, step: state.step };
}

/**
 * Returns the settings of a run that is resumed, perhaps with more steps than before. Defaults that follow from the
 * number of steps, such as the warm-ups, stay those of the first plan: an extension moves only the end of the run.
 */
function resumedSettings(
  backend: Backend,
  given: TrainerOptions,
  { plannedSteps, ...saved }: OptionsRecord,
): TrainerSettings {
  const { steps } = resolveTrainer(given);
  const before = checkInteger(saved.steps, "the state's steps", RESUME);
  const planned = checkInteger(plannedSteps ?? before, "the state's plannedSteps", RESUME);
  const settings = settingsOf(backend, { ...given, steps: planned }, RESUME);
  const wanted = { ...saved, steps: Math.max(steps, before) };
  checkSameOptions({ ...settings.record, steps }, wanted, RESUME, "the state");
  if (steps === planned) return settings;
  const options = { ...settings.options, steps, plannedSteps: planned };
  return { ...settings, options, record: optionsRecord(given, options) };
}

/** Reads the state of a trainer after this many steps. The generator and the tensors are taken when this is called. */
export async function stateOf(
  { record, backend, prefixRandom, algorithm, tensors }: TrainerParts,
  step: number,
  metrics: MetricsState,
): Promise<TrainerState> {
  const { name, description } = backend;
  return {
    step,
    options: record,
    backend: { name, description },
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
  return { ...given, sparsityRate, deadAfter };
}

function settingsOf(backend: Backend, given: TrainerOptions, task: string): TrainerSettings {
  const options = resolveTrainer(given);
  checkBackend(backend, task);
  const { inputSize: d, latentCount: N } = given;
  return {
    backend,
    sizes: { d, N },
    options,
    record: optionsRecord(given, options),
    algorithm: new AlgorithmChoice(options.algorithm, options.loss, N),
  };
}

/** Makes tensors and programs; without initial parameters the tensors are zeros, to be overwritten. */
function makeResources(
  { backend, sizes, options }: TrainerSettings,
  initial?: SaeParameters,
): TrainerResources {
  const workspace = new Workspace(backend);
  try {
    const tensors = trainerTensors(workspace, options, sizes, initial);
    const ring = new MetricsRing(backend, sizes.d, options);
    const programs = new StepPrograms(backend, options, tensors, ring);
    return { workspace, tensors, ring, programs };
  } catch (error) {
    workspace[Symbol.dispose]();
    throw error;
  }
}
