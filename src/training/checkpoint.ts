/**
 * Checkpoints of training: a safetensors file with all that the rest of a run depends on.
 *
 * @module
 */
import { checkInteger, checkObject } from "../base/checks.ts";
import type { Values } from "../../kernels/kernel.ts";
import { checkShuffleState, type ShuffleState } from "../data/shuffle_state.ts";
import {
  checkTrainerState,
  currentNames,
  stateShapes,
  type TrainerState,
} from "./trainer_state.ts";
import { type ByteSource, joinBytes, readExactly } from "../io/sources/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import { readSafetensorsHeader, type SafetensorsHeader } from "../io/arrays/safetensors.ts";
import { type EncodedTensor, safetensorsChunks } from "../io/arrays/safetensors_writing.ts";

const FORMAT = "matryoshka-sae-training", VERSION = "1";
/** Tensors beside those of the trainer's state, which are called as there. */
const FIGURES = "figures", HELD = "shuffle.held";
/** The formats of tensors. */
const ARRAYS = { F32: Float32Array, F64: Float64Array, U32: Uint32Array } as const;

/** What a checkpoint holds. */
export interface Checkpoint {
  /** From `Trainer.state`. */
  readonly trainer: TrainerState;
  /** Where the data stands, from `ShuffledActivations.state`. */
  readonly shuffle?: ShuffleState;
  /** Whatever else the program that trains wants back: anything that JSON can say. */
  readonly record?: unknown;
  /** The program that wrote it, with its version. */
  readonly createdBy: string;
}

/**
 * The file of a checkpoint in chunks, for `writeFileAtomically`: beyond the checkpoint itself they take no
 * memory. The same checkpoint gives the same bytes. The metadata has a CRC-32 over everything.
 *
 * @throws {RangeError | TypeError} if it is not one that could be resumed.
 *
 * @example
 * ```ts
 * import { checkpointChunks, createBackend, readCheckpoint, Trainer } from "@matryoshka/sae";
 * import { openFile, writeFileAtomically } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const options = { inputSize: 4, latentCount: 8, steps: 10 };
 * using trainer = await Trainer.create(backend, options);
 * await trainer.step(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)));
 *
 * const path = await Deno.makeTempFile();
 * const checkpoint = { trainer: await trainer.state(), createdBy: "my program 1.0" };
 * await writeFileAtomically(path, checkpointChunks(checkpoint));
 * {
 *   await using file = await openFile(path);
 *   const { trainer: state } = await readCheckpoint(file);
 *   using resumed = await Trainer.resume(backend, options, state);
 *   assertEquals(resumed.stepCount, 1);
 * }
 * await Deno.remove(path);
 * ```
 */
export function checkpointChunks(checkpoint: Checkpoint): Iterable<Uint8Array> {
  const task = "encode the checkpoint";
  checkCheckpoint(checkpoint, task);
  const { trainer, shuffle, record, createdBy } = checkpoint;
  const { tensors, figures: { largestL0, last }, ...rest } = trainer;
  const { inputSize, latentCount } = trainer.options;
  const shapes = stateShapes(inputSize as number, latentCount as number);
  const encoded: Record<string, EncodedTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    encoded[name] = encodedTensor(tensors[name], shape);
  }
  const figures = { largestL0, ...(last && { prefixes: last.prefixes }) };
  if (last) encoded[FIGURES] = encodedTensor(last.row);
  const metadata: Record<string, string> = {
    format: FORMAT,
    version: VERSION,
    createdBy,
    trainer: JSON.stringify({ ...rest, figures }),
  };
  if (shuffle) {
    const { held, ...cursor } = shuffle;
    encoded[HELD] = encodedTensor(held);
    metadata.shuffle = JSON.stringify(cursor);
  }
  if (record !== undefined) metadata.record = JSON.stringify(record);
  let checksum = checksumOfMetadata(metadata);
  for (const name of Object.keys(encoded).sort()) {
    const { dtype, shape, bytes } = encoded[name];
    checksum = checksumOfTensor(name, dtype, shape, bytes(), checksum);
  }
  return safetensorsChunks(encoded, { ...metadata, checksum: `${checksum}` });
}

/**
 * The file of a checkpoint as one array.
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
 * Reads what {@linkcode checkpointChunks} has written. Whether its options are those of the run to go on with
 * is for `Trainer.resume` and `ShuffledActivations.resume` to see.
 *
 * @throws {RangeError} where the file was cut off or changed (its checksum tells), a tensor is missing or
 * has another shape, or a number is not finite or out of its range.
 * @throws {TypeError} where the file is of another kind or version, or its metadata is broken.
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
  // First: no header makes this read what no checkpoint holds.
  checkHeader(header, trainer.options, task);
  const tensors = await readTensors(source, header, task);
  const { figures, ...rest } = trainer;
  checkObject(figures, "figures", task);
  const { largestL0, prefixes } = figures as { largestL0: number; prefixes?: number[] };
  const { [FIGURES]: row, [HELD]: held, ...numbers } = tensors;
  if ((prefixes === undefined) !== (row === undefined)) {
    throw new RangeError(`Cannot ${task}: its figures and their prefixes must come together`);
  }
  const last = prefixes && { prefixes, row: row as Float64Array };
  if ((texts.shuffle === undefined) !== (held === undefined)) {
    throw new RangeError(`Cannot ${task}: "shuffle" and "${HELD}" must come together`);
  }
  const checkpoint = {
    trainer: currentNames({
      ...rest,
      figures: { largestL0, ...(last && { last }) },
      tensors: numbers,
    } as TrainerState),
    ...(held && { shuffle: { ...parse(texts.shuffle, "shuffle", task), held } }),
    ...(texts.record !== undefined && { record: parseAny(texts.record, "record", task) }),
    createdBy,
  } as Checkpoint;
  checkCheckpoint(checkpoint, task);
  return checkpoint;
}

function encodedTensor(values: Values, shape: readonly number[] = [values.length]): EncodedTensor {
  const dtype = values instanceof Float64Array
    ? "F64"
    : values instanceof Uint32Array
    ? "U32"
    : "F32";
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = values;
  // Hosts are little-endian, as in `decodeFloats`.
  return {
    dtype,
    shape,
    width,
    byteLength,
    bytes: () => new Uint8Array(buffer, byteOffset, byteLength),
  };
}

/** All tensors as they are in the file, once the checksum of it all is right. */
async function readTensors(
  source: ByteSource,
  { tensors, metadata: { checksum: wanted, ...metadata } }: SafetensorsHeader,
  task: string,
): Promise<Record<string, Values>> {
  let checksum = checksumOfMetadata(metadata);
  const read: [string, Values][] = [];
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, offset, byteLength } = tensors.get(name)!;
    // Copied, since sources give views of any alignment.
    const bytes = (await readExactly(source, offset, byteLength)).slice();
    checksum = checksumOfTensor(name, dtype, shape, bytes, checksum);
    read.push([name, new ARRAYS[dtype as keyof typeof ARRAYS](bytes.buffer)]);
  }
  if (wanted !== `${checksum}`) {
    throw new RangeError(
      `Cannot ${task}: the file has changed since it was written: its checksum is ${checksum} but ` +
        `${wanted === undefined ? "none" : wanted.slice(0, 80)} was noted`,
    );
  }
  return Object.fromEntries(read);
}

/** The checksum begins with the metadata, which says what the numbers mean. */
function checksumOfMetadata(metadata: Readonly<Record<string, string>>): number {
  const entries = Object.keys(metadata).sort().map((key) => [key, metadata[key]]);
  return crc32(new TextEncoder().encode(JSON.stringify(entries)));
}

function checksumOfTensor(
  name: string,
  dtype: string,
  shape: readonly number[],
  bytes: Uint8Array,
  before: number,
): number {
  const head = new TextEncoder().encode(JSON.stringify([name, dtype, shape]));
  return crc32(bytes, crc32(head, before));
}

/** Checks names, shapes and formats of the tensors; whether they are all there is for others to see. */
function checkHeader({ tensors }: SafetensorsHeader, options: unknown, task: string): void {
  checkObject(options, "options", task);
  const { inputSize, latentCount } = options as Record<string, unknown>;
  const d = checkInteger(inputSize, "inputSize", task);
  const shapes = stateShapes(d, checkInteger(latentCount, "latentCount", task));
  for (const [name, shape] of Object.entries(shapes)) {
    const found = tensors.get(name)?.shape;
    if (found === undefined || `${found}` === `${shape}`) continue;
    throw new RangeError(`Cannot ${task}: ${name} must be [${shape}] but is [${shown(found)}]`);
  }
  for (const [name, { dtype, shape }] of tensors) {
    const list = name === FIGURES || name === HELD;
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

/** A shape from a file, cut to a bearable length. */
const shown = (shape: readonly number[]): string => `${shape}`.slice(0, 80);

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

/** Metadata that must be a JSON object. */
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
