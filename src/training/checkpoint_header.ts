/**
 * The header of a checkpoint's file: what it says before any tensor is read.
 *
 * @module
 */
import { checkInteger, checkObject } from "../base/checks.ts";
import type { Range } from "../distributed/shares.ts";
import { readSafetensorsHeader, type SafetensorsEntry } from "../io/arrays/safetensors.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import { FORMAT, VERSION } from "./checkpoint_content.ts";
import { ARRAYS, FORMER_METRICS, HELD, METRICS } from "./checkpoint_tensors.ts";
import { checkLatents, currentNames, stateShapes, type TrainerState } from "./trainer_state.ts";

/** What a file says of the state of a trainer beside its tensors. */
export interface StateWithoutTensors extends Omit<TrainerState, "metrics" | "tensors"> {
  readonly metrics: { readonly largestL0: number; readonly prefixes?: readonly number[] };
}

/** The header of a checkpoint, or of the shard of one. Only what its tensors depend on has been checked. */
export interface CheckpointHeader {
  readonly source: ByteSource;
  /** What an error says could not be done. */
  readonly task: string;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The state of the trainer without its tensors, under the current names. */
  readonly trainer: StateWithoutTensors;
  /** The position in the data without the rows in the buffer, if the file has one. */
  readonly shuffle: Readonly<Record<string, unknown>> | undefined;
  /** d. */
  readonly inputSize: number;
  /** N of the whole run. */
  readonly latentCount: number;
  /** The latents that the file holds. */
  readonly latents: Range;
}

/**
 * Reads the header of a checkpoint, and checks that its tensors are those of one.
 *
 * @throws {RangeError} if a tensor has the wrong shape.
 * @throws {TypeError} if the file is no checkpoint or has another version, or its metadata is broken.
 */
export async function readCheckpointHeader(source: ByteSource): Promise<CheckpointHeader> {
  const task = `read the checkpoint ${source.name}`;
  const { tensors, metadata } = await readSafetensorsHeader(source);
  const { format, version } = metadata;
  if (format !== FORMAT || version !== VERSION) {
    const found = format === undefined
      ? "not given"
      : `${JSON.stringify(format.slice(0, 80))} version ${`${version}`.slice(0, 80)}`;
    throw new TypeError(
      `Cannot ${task}: its format must be "${FORMAT}" version ${VERSION} but is ${found}`,
    );
  }
  const trainer = parseTrainer(metadata.trainer, task);
  const inputSize = checkInteger(trainer.options.inputSize, "inputSize", task);
  const latentCount = checkInteger(trainer.options.latentCount, "latentCount", task);
  const latents = trainer.latents === undefined
    ? { from: 0, to: latentCount }
    : checkLatents(trainer.latents, latentCount, task);
  checkTensors(tensors, stateShapes(inputSize, latents.to - latents.from, trainer.options), task);
  const { shuffle: cursor } = metadata;
  if ((cursor === undefined) !== !tensors.has(HELD)) {
    throw new RangeError(`Cannot ${task}: "shuffle" and "${HELD}" must come together`);
  }
  const shuffle = cursor === undefined ? undefined : parseObject(cursor, "shuffle", task);
  return { source, task, tensors, metadata, trainer, shuffle, inputSize, latentCount, latents };
}

function parseTrainer(text: string | undefined, task: string): StateWithoutTensors {
  const trainer = parseObject(text, "trainer", task) as Partial<TrainerState>;
  checkObject(trainer.options, "options", task);
  const { metrics, ...current } = currentNames(trainer as TrainerState);
  checkObject(metrics, "metrics", task);
  checkObject(current.algorithm, "algorithm", task);
  return { ...current, metrics };
}

/**
 * Checks names, shapes and formats of the tensors that a file has, so that no header makes the reader allocate
 * more than a checkpoint needs. Missing tensors are found when the state is checked.
 */
function checkTensors(
  tensors: CheckpointHeader["tensors"],
  shapes: Readonly<Record<string, readonly number[]>>,
  task: string,
): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const found = tensors.get(name)?.shape;
    if (found === undefined || `${found}` === `${shape}`) continue;
    throw new RangeError(`Cannot ${task}: ${name} must be [${shape}] but is [${shown(found)}]`);
  }
  for (const [name, { dtype, shape }] of tensors) {
    const list = [METRICS, FORMER_METRICS, HELD].includes(name);
    const quoted = JSON.stringify(name.slice(0, 80));
    if (!list && !Object.hasOwn(shapes, name)) {
      throw new RangeError(`Cannot ${task}: it has an unknown tensor ${quoted}`);
    }
    if (list && shape.length !== 1) {
      throw new RangeError(`Cannot ${task}: ${name} must be [count] but is [${shown(shape)}]`);
    }
    if (Object.hasOwn(ARRAYS, dtype)) continue;
    throw new TypeError(
      `Cannot ${task}: tensor ${quoted} must be F32, F64 or U32 but is ${dtype}`,
    );
  }
}

/** Returns a shape from a file, cut to a readable length. */
function shown(shape: readonly number[]): string {
  return `${shape}`.slice(0, 80);
}

/** Parses metadata that must be a JSON object. */
function parseObject(
  text: string | undefined,
  name: string,
  task: string,
): Record<string, unknown> {
  const value = parseJson(text, name, task);
  checkObject(value, `metadata "${name}"`, task);
  return value as Record<string, unknown>;
}

/**
 * Parses metadata.
 *
 * @throws {TypeError} if it is missing or is not JSON.
 */
export function parseJson(text: string | undefined, name: string, task: string): unknown {
  try {
    return JSON.parse(text!);
  } catch {
    const found = text === undefined ? "missing" : JSON.stringify(text.slice(0, 80));
    throw new TypeError(`Cannot ${task}: its metadata "${name}" must be JSON but is ${found}`);
  }
}
