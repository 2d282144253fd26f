/**
 * Checkpoints of training: safetensors files with everything on which the rest of a run depends.
 *
 * @module
 */
import { type ByteSource, joinBytes } from "../io/sources/bytes.ts";
import { type EncodedTensor, safetensorsChunks } from "../io/arrays/safetensors_writing.ts";
import { checkCheckpoint, type Checkpoint, FORMAT, VERSION } from "./checkpoint_content.ts";
import { readCheckpointHeader } from "./checkpoint_header.ts";
import { readShards } from "./checkpoint_reading.ts";
import { checksumOf, encodedTensor, HELD, METRICS } from "./checkpoint_tensors.ts";
import { stateShapes } from "./trainer_state.ts";

export type { Checkpoint };

/**
 * Returns the file of a checkpoint in chunks, for `writeFileAtomically`. The chunks are views of the checkpoint, so
 * that they take no memory of their own. Equal checkpoints give equal bytes. The metadata has a CRC-32 over the
 * whole file. If the trainer's state has `latents`, the file is a shard, for `readCheckpointShards`.
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
  const { from, to } = trainer.latents ?? { from: 0, to: latentCount as number };
  const shapes = stateShapes(inputSize as number, to - from, trainer.options);
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
 * Reads a file that {@linkcode checkpointChunks} has written, a whole checkpoint or a shard. `Trainer.resume` and `ShuffledActivations.resume` check
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
  const header = await readCheckpointHeader(source);
  return await readShards([header], header.latents, header.task);
}
