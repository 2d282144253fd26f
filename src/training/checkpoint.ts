/**
 * Checkpoints of training: safetensors files with everything on which the rest of a run depends.
 *
 * @module
 */
import { checkObject } from "../base/checks.ts";
import { checkShuffleState, type ShuffleState } from "../data/shuffle_state.ts";
import {
  checkTrainerState,
  currentNames,
  stateShapes,
  type TrainerState,
} from "./trainer_state.ts";
import { type ByteSource, joinBytes } from "../io/sources/bytes.ts";
import { readSafetensorsHeader } from "../io/arrays/safetensors.ts";
import { type EncodedTensor, safetensorsChunks } from "../io/arrays/safetensors_writing.ts";
import {
  checkHeader,
  checksumOf,
  encodedTensor,
  FORMER_METRICS,
  HELD,
  METRICS,
  readTensors,
} from "./checkpoint_tensors.ts";

const FORMAT = "matryoshka-sae-training";
const VERSION = "1";

/** The content of a checkpoint. */
export interface Checkpoint {
  /** The state of the trainer, from `Trainer.state`. */
  readonly trainer: TrainerState;
  /** The position in the data, from `ShuffledActivations.state`. */
  readonly shuffle?: ShuffleState;
  /** Any JSON value that the training program wants back. */
  readonly record?: unknown;
  /** The name and version of the program that writes the checkpoint. */
  readonly createdBy: string;
}

/**
 * Returns the file of a checkpoint in chunks, for `writeFileAtomically`. The chunks are views of the checkpoint, so
 * that they take no memory of their own. Equal checkpoints give equal bytes. The metadata has a CRC-32 over the
 * whole file.
 *
 * @throws {RangeError | TypeError} if training could not be resumed from the checkpoint.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { checkpointChunks, createBackend, readCheckpoint, Trainer } from "@matryoshka/sae";
 * import { openFile, writeFileAtomically } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const options = { inputSize: 4, latentCount: 8, steps: 10 };
 * using trainer = await Trainer.create(backend, options);
 * await trainer.step(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)));
 *
 * const path = join(await mkdtemp(join(tmpdir(), "sae-")), "checkpoint.safetensors");
 * const checkpoint = { trainer: await trainer.state(), createdBy: "my program 1.0" };
 * await writeFileAtomically(path, checkpointChunks(checkpoint));
 * {
 *   await using file = await openFile(path);
 *   const { trainer: state } = await readCheckpoint(file);
 *   using resumed = await Trainer.resume(backend, options, state);
 *   assertEquals(resumed.stepCount, 1);
 * }
 * ```
 */
export function checkpointChunks(checkpoint: Checkpoint): Iterable<Uint8Array> {
  const task = "encode the checkpoint";
  checkCheckpoint(checkpoint, task);
  const { trainer, shuffle, record, createdBy } = checkpoint;
  const { tensors, metrics: { largestL0, last }, ...rest } = trainer;
  const { inputSize, latentCount } = trainer.options;
  const shapes = stateShapes(inputSize as number, latentCount as number);
  const encoded: Record<string, EncodedTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    encoded[name] = encodedTensor(tensors[name], shape);
  }
  const metrics = { largestL0, ...(last && { prefixes: last.prefixes }) };
  if (last) encoded[METRICS] = encodedTensor(last.row);
  const metadata: Record<string, string> = {
    format: FORMAT,
    version: VERSION,
    createdBy,
    trainer: JSON.stringify({ ...rest, metrics }),
  };
  if (shuffle) {
    const { held, ...cursor } = shuffle;
    encoded[HELD] = encodedTensor(held);
    metadata.shuffle = JSON.stringify(cursor);
  }
  if (record !== undefined) metadata.record = JSON.stringify(record);
  return safetensorsChunks(encoded, { ...metadata, checksum: `${checksumOf(metadata, encoded)}` });
}

/**
 * Returns the file of a checkpoint as one array.
 *
 * @throws {RangeError | TypeError} as {@linkcode checkpointChunks}.
 *
 * @example
 * ```ts
 * import { createBackend, encodeCheckpoint, Trainer } from "@matryoshka/sae";
 *
 * using backend = await createBackend("reference");
 * using trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 10 });
 * const bytes = encodeCheckpoint({ trainer: await trainer.state(), createdBy: "my program 1.0" });
 * if (bytes.length === 0) throw new Error("expected bytes");
 * ```
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return joinBytes([...checkpointChunks(checkpoint)]);
}

/**
 * Reads a file that {@linkcode checkpointChunks} has written. `Trainer.resume` and `ShuffledActivations.resume` check
 * that its options are those of the run.
 *
 * @throws {RangeError} if the file was cut off or changed (the checksum tells), a tensor is missing or has the
 * wrong shape, or a number is not finite or out of its range.
 * @throws {TypeError} if the file is no checkpoint or has another version, or its metadata is broken.
 *
 * @example
 * ```ts
 * import { createBackend, encodeCheckpoint, readCheckpoint, sourceFromBytes, Trainer } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * using trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 10 });
 * const state = await trainer.state();
 * const bytes = encodeCheckpoint({ trainer: state, createdBy: "my program 1.0" });
 * assertEquals((await readCheckpoint(sourceFromBytes(bytes))).trainer, state);
 * ```
 */
export async function readCheckpoint(source: ByteSource): Promise<Checkpoint> {
  const task = `read the checkpoint ${source.name}`;
  const header = await readSafetensorsHeader(source);
  const { format, version, createdBy, ...texts } = header.metadata;
  if (format !== FORMAT || version !== VERSION) {
    const found = format === undefined
      ? "not given"
      : `${JSON.stringify(format.slice(0, 80))} version ${`${version}`.slice(0, 80)}`;
    throw new TypeError(
      `Cannot ${task}: its format must be "${FORMAT}" version ${VERSION} but is ${found}`,
    );
  }
  const trainer = parse(texts.trainer, "trainer", task);
  // Before anything is read: a header can claim tensors of any size.
  checkHeader(header, trainer.options, task);
  const tensors = await readTensors(source, header, task);
  const { figures, metrics = figures, ...rest } = trainer;
  checkObject(metrics, "metrics", task);
  const { largestL0, prefixes } = metrics as { largestL0: number; prefixes?: number[] };
  const { [METRICS]: current, [FORMER_METRICS]: former, [HELD]: held, ...numbers } = tensors;
  const row = current ?? former;
  if ((prefixes === undefined) !== (row === undefined)) {
    throw new RangeError(`Cannot ${task}: its metrics and their prefixes must come together`);
  }
  const last = prefixes && { prefixes, row: row as Float64Array };
  if ((texts.shuffle === undefined) !== (held === undefined)) {
    throw new RangeError(`Cannot ${task}: "shuffle" and "${HELD}" must come together`);
  }
  const checkpoint = {
    trainer: currentNames({
      ...rest,
      metrics: { largestL0, ...(last && { last }) },
      tensors: numbers,
    } as TrainerState),
    ...(held && { shuffle: { ...parse(texts.shuffle, "shuffle", task), held } }),
    ...(texts.record !== undefined && { record: parseAny(texts.record, "record", task) }),
    createdBy,
  } as Checkpoint;
  checkCheckpoint(checkpoint, task);
  return checkpoint;
}

function checkCheckpoint(checkpoint: Checkpoint, task: string): void {
  checkObject(checkpoint, "the checkpoint", task);
  if (typeof checkpoint.createdBy !== "string") {
    throw new TypeError(
      `Cannot ${task}: createdBy must be a string but is ${checkpoint.createdBy}`,
    );
  }
  checkTrainerState(checkpoint.trainer, task);
  if (checkpoint.shuffle !== undefined) checkShuffleState(checkpoint.shuffle, task);
}

/** Parses metadata that must be a JSON object. */
function parse(text: string | undefined, name: string, task: string): Record<string, unknown> {
  const value = parseAny(text, name, task);
  checkObject(value, `metadata "${name}"`, task);
  return value as Record<string, unknown>;
}

function parseAny(text: string | undefined, name: string, task: string): unknown {
  try {
    return JSON.parse(text!);
  } catch {
    const found = text === undefined ? "missing" : JSON.stringify(text.slice(0, 80));
    throw new TypeError(`Cannot ${task}: its metadata "${name}" must be JSON but is ${found}`);
  }
}
