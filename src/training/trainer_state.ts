/**
 * The state of a trainer: everything on which its next steps depend, in host memory.
 *
 * @module
 */
import { checkFinite, checkInteger, checkObject, wrongKind } from "../base/checks.ts";
import type { Backend, Tensor, Values } from "../../kernels/kernel.ts";
import { checkMetrics, type MetricsState } from "./metrics_state.ts";
import { checkOptionsRecord, type OptionsRecord } from "../base/options_record.ts";
import { PARAMETER_NAMES, parameterShapes } from "../model/parameters.ts";
import type { Range } from "../distributed/shares.ts";
import type { AlgorithmState } from "../step/algorithm_choice.ts";
import { Random, type RandomState } from "../base/random.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/**
 * The state of a {@linkcode Trainer}, for `Trainer.resume`: plain data that shares nothing with the trainer.
 * `encodeCheckpoint` turns it into a file.
 */
export interface TrainerState {
  /** Steps taken. */
  readonly step: number;
  /** The options with the defaults filled in. The options to resume with must agree with them. */
  readonly options: OptionsRecord;
  /** The backend that computed the state. Later numbers differ slightly on another one. */
  readonly backend: { readonly name: string; readonly description: string };
  /**
   * The latents that `tensors` holds, if they are not all N: in a run over several ranks, each state has those of its
   * rank.
   */
  readonly latents?: Range;
  /** The generator of the prefixes. */
  readonly prefixRandom: RandomState;
  /** The algorithm of the next step, and the room of the sparse one. */
  readonly algorithm: AlgorithmState;
  /** Metrics of the last step, and those on which the choice of the algorithm depends. */
  readonly metrics: MetricsState;
  /**
   * The numbers on the backend: the parameters `encoder` [N, d], `encoderBias` [N], `decoder` [N, d],
   * `decoderBias` [d]; `firstMoments.…` and `secondMoments.…` of each; `threshold` [N], `importance` [N],
   * `silentSteps` [N] (u32); `baseCoefficient` [1] (λ before its warm-up), `runningNorm` [1] and `scale`
   * [1] of the inputs. With parts of a recipe also `runningThreshold` [2] (sum and weight), `thresholdParameter` [N]
   * with its moments, and `carried.…`. Float64 on the reference backend, else float32. In a state with `latents`, N is their number.
   */
  readonly tensors: Readonly<Record<string, Values>>;
}

/** Returns the tensors of a state by their names in it. */
function stateTensors(t: TrainerTensors): Record<string, Tensor> {
  const { threshold, importance, silentSteps, baseCoefficient, runningNorm, scale } = t;
  const { runningThreshold, jump, carried } = t;
  const moments = ["firstMoments", "secondMoments"] as const;
  return {
    ...t.model,
    ...Object.fromEntries(
      moments.flatMap((moment) =>
        PARAMETER_NAMES.map((name) => [`${moment}.${name}`, t[moment][name]])
      ),
    ),
    threshold,
    importance,
    silentSteps,
    baseCoefficient,
    runningNorm,
    scale,
    ...runningThreshold && { runningThreshold },
    ...jump && {
      thresholdParameter: jump.parameter,
      "firstMoments.threshold": jump.firstMoment,
      "secondMoments.threshold": jump.secondMoment,
    },
    ...carried && {
      ...Object.fromEntries(
        PARAMETER_NAMES.map((name) => [`carried.${name}`, carried.gradients[name]]),
      ),
      carriedFactor: carried.factor,
    },
  };
}

/** The options of a state on which further tensors depend. */
const RECIPE_KEYS = {
  runningThreshold: "inferenceThreshold.rate",
  jump: "thresholdTraining.bandwidth",
  carried: "compatibility.carriedGradients",
};

/** Options with which a state has all tensors that there are. */
export const ALL_TENSORS: OptionsRecord = {
  "inferenceThreshold.rate": 1,
  "thresholdTraining.bandwidth": 1,
  "compatibility.carriedGradients": true,
};

/** Returns the shapes of the tensors of a state with this many latents, trained with these options. */
export function stateShapes(
  inputSize: number,
  latentCount: number,
  options: OptionsRecord,
): Record<string, readonly number[]> {
  const shapes = parameterShapes(inputSize, latentCount);
  return {
    ...shapes,
    ...Object.fromEntries(
      ["firstMoments", "secondMoments"].flatMap((moment) =>
        PARAMETER_NAMES.map((name) => [`${moment}.${name}`, shapes[name]])
      ),
    ),
    threshold: [latentCount],
    importance: [latentCount],
    silentSteps: [latentCount],
    baseCoefficient: [1],
    runningNorm: [1],
    scale: [1],
    ...Object.hasOwn(options, RECIPE_KEYS.runningThreshold) && { runningThreshold: [2] },
    ...Object.hasOwn(options, RECIPE_KEYS.jump) && {
      thresholdParameter: [latentCount],
      "firstMoments.threshold": [latentCount],
      "secondMoments.threshold": [latentCount],
    },
    ...Object.hasOwn(options, RECIPE_KEYS.carried) && {
      ...Object.fromEntries(PARAMETER_NAMES.map((name) => [`carried.${name}`, shapes[name]])),
      carriedFactor: [1],
    },
  };
}

/**
 * Returns the tensors of a state for these latents.
 *
 * @throws {RangeError} unless the state has all latents, or exactly these.
 */
export function stateTensorsOf(
  { latents, options, tensors }: TrainerState,
  { from, to }: Range,
  task: string,
): TrainerState["tensors"] {
  const { inputSize: d, latentCount: N } = options as Record<string, number>;
  if (latents?.from === from && latents.to === to) return tensors;
  if (latents !== undefined) {
    throw new RangeError(
      `Cannot ${task}: the state must have the latents from ${from} to ${to} but has those from ` +
        `${latents.from} to ${latents.to}`,
    );
  }
  if (to - from === N) return tensors;
  return Object.fromEntries(
    Object.entries(stateShapes(d, N, options)).map(([name, [, width = 1]]) => {
      const values = tensors[name];
      // The tensors with a row per latent are told by their names: d and N may be equal.
      const perLatent = /encoder|decoder$|threshold|importance|silentSteps/.test(name);
      return [name, perLatent ? values.subarray(from * width, to * width) : values];
    }),
  );
}

/** Reads the tensors of a state, as they are at the time of the call. */
export async function readStateTensors(
  backend: Backend,
  t: TrainerTensors,
): Promise<Record<string, Values>> {
  const entries = Object.entries(stateTensors(t));
  const values = await Promise.all(entries.map(([, tensor]) => backend.read(tensor)));
  return Object.fromEntries(entries.map(([name], i) => [name, values[i]]));
}

/** Writes the tensors of a state. */
export function writeStateTensors(
  backend: Backend,
  t: TrainerTensors,
  tensors: TrainerState["tensors"],
): void {
  for (const [name, tensor] of Object.entries(stateTensors(t))) {
    backend.write(tensor, tensors[name]);
  }
}

/** The keys of a state that have had other names. */
interface FormerKeys {
  /** Now `algorithm`. */
  readonly path?: AlgorithmState;
  /** Now `metrics`. */
  readonly figures?: MetricsState;
}

/** Returns a state, which may be older than the current names, under the current names. */
export function currentNames(state: TrainerState): TrainerState {
  const { figures, metrics = figures, ...others } = state as TrainerState & FormerKeys;
  const renamed = metrics === undefined ? others : { ...others, metrics };
  const { path, ...rest } = renamed as TrainerState & FormerKeys;
  if (path === undefined || rest.algorithm !== undefined) return renamed as TrainerState;
  const { path: asked, ...options } = rest.options ?? {};
  return { ...rest, algorithm: path, options: { ...options, algorithm: asked } };
}

/**
 * Checks a state, which may come from anywhere. Its options are not compared with those of the run.
 *
 * @throws {RangeError} if a size is wrong, or a value is not finite or out of its range.
 * @throws {TypeError} if a value has the wrong type.
 */
export function checkTrainerState(state: TrainerState, task: string): void {
  checkObject(state, "the state", task);
  checkOptionsRecord(state.options, "options", task);
  checkObject(state.backend, "backend", task);
  for (const name of ["name", "description"] as const) {
    if (typeof state.backend[name] === "string") continue;
    throw wrongKind(state.backend[name], `backend.${name}`, "a string", task);
  }
  const step = checkInteger(state.step, "step", task, 0);
  const { inputSize, latentCount } = state.options;
  const d = checkInteger(inputSize, "inputSize", task);
  const N = checkInteger(latentCount, "latentCount", task);
  Random.fromState(state.prefixRandom);
  checkObject(state.algorithm, "algorithm", task);
  checkObject(state.metrics, "metrics", task);
  checkMetrics(state.metrics, step, N, task);
  checkObject(state.tensors, "tensors", task);
  const { from, to } = state.latents === undefined
    ? { from: 0, to: N }
    : checkLatents(state.latents, N, task);
  checkTensors(state.tensors, stateShapes(d, to - from, state.options), task);
}

/** Checks the range of latents of a state, which may come from a file, and returns it. */
export function checkLatents(latents: unknown, latentCount: number, task: string): Range {
  checkObject(latents, "latents", task);
  const { from, to } = latents as Record<string, unknown>;
  const first = checkInteger(from, "latents.from", task, 0);
  const end = checkInteger(to, "latents.to", task, first + 1);
  if (end <= latentCount) return { from: first, to: end };
  throw new RangeError(
    `Cannot ${task}: latents.to must be at most latentCount ${latentCount} but is ${end}`,
  );
}

/** Checks kinds, lengths and values of a state's tensors. */
function checkTensors(
  tensors: TrainerState["tensors"],
  shapes: Readonly<Record<string, readonly number[]>>,
  task: string,
): void {
  for (const name of Object.keys(tensors)) {
    if (Object.hasOwn(shapes, name)) continue;
    throw new RangeError(`Cannot ${task}: it has an unknown tensor "${name.slice(0, 80)}"`);
  }
  for (const [name, shape] of Object.entries(shapes)) {
    if (!Object.hasOwn(tensors, name)) {
      throw new RangeError(`Cannot ${task}: it lacks the tensor "${name}"`);
    }
    const values = tensors[name];
    const length = shape.reduce((a, b) => a * b, 1);
    const counts = name === "silentSteps";
    const good = counts
      ? values instanceof Uint32Array
      : values instanceof Float32Array || values instanceof Float64Array;
    if (!good) {
      const wanted = counts ? "a Uint32Array" : "a Float32Array or Float64Array";
      throw wrongKind(values, name, wanted, task);
    }
    if (values.length !== length) {
      throw new RangeError(
        `Cannot ${task}: ${name} must have [${shape}] = ${length} elements but has ${values.length}`,
      );
    }
    checkFinite(values, name, task);
    if (NOT_NEGATIVE.test(name)) checkNotNegative(values, name, task);
  }
  if (!(tensors.scale[0] > 0)) {
    throw new RangeError(`Cannot ${task}: scale must be positive but is ${tensors.scale[0]}`);
  }
}

/** The tensors without negative values: means of squares, norms, and λ₀. */
const NOT_NEGATIVE = /^(secondMoments\..*|importance|baseCoefficient|runningNorm)$/;

function checkNotNegative(values: Values, name: string, task: string): void {
  const bad = values.findIndex((value) => value < 0);
  if (bad < 0) return;
  throw new RangeError(
    `Cannot ${task}: element ${bad} of ${name} must be at least 0 but is ${values[bad]}`,
  );
}
