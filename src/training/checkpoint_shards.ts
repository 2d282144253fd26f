/**
 * Checkpoints from shards: the files that the ranks of a run have written, each with its own latents.
 *
 * @module
 */
import { checkArray } from "../base/checks.ts";
import type { Range } from "../distributed/shares.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import type { Checkpoint } from "./checkpoint_content.ts";
import { type CheckpointHeader, readCheckpointHeader } from "./checkpoint_header.ts";
import { readShards } from "./checkpoint_reading.ts";
import { isPerLatent, latentsText, overlap } from "./checkpoint_rows.ts";
import { checkLatents } from "./trainer_state.ts";

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
  const task = "read a checkpoint from its shards";
  checkSources(sources, task);
  const headers: CheckpointHeader[] = [];
  for (const source of sources) headers.push(await readCheckpointHeader(source));
  headers.sort((a, b) => a.latents.from - b.latents.from);
  const [first, ...others] = headers;
  for (const other of others) checkSameRun(first, other, task);
  const wanted = latents === undefined
    ? { from: 0, to: first.latentCount }
    : checkLatents(latents, first.latentCount, task);
  return await readShards(covering(headers, wanted, task), wanted, task, first);
}

function checkSources(sources: readonly ByteSource[], task: string): void {
  checkArray(sources, "sources", task);
  if (sources.length > 0) return;
  throw new RangeError(`Cannot ${task}: sources must hold at least one shard but are []`);
}

/** Returns the shards with wanted latents, each range once. */
function covering(
  sorted: readonly CheckpointHeader[],
  wanted: Range,
  task: string,
): CheckpointHeader[] {
  const chosen: CheckpointHeader[] = [];
  let before: CheckpointHeader | undefined;
  let end = wanted.from;
  for (const shard of sorted) {
    const { from, to } = shard.latents;
    if (before && overlap(before.latents, shard.latents)) {
      // Replicas may have written the same latents.
      if (from === before.latents.from && to === before.latents.to) continue;
      throw new RangeError(
        `Cannot ${task}: ${before.source.name} holds ${latentsText(before.latents)} and ` +
          `${shard.source.name} ${latentsText(shard.latents)}, which overlap`,
      );
    }
    before = shard;
    if (!overlap(shard.latents, wanted)) continue;
    if (from > end) throw missing({ from: end, to: from }, sorted, task);
    chosen.push(shard);
    end = to;
  }
  if (end < wanted.to) throw missing({ from: end, to: wanted.to }, sorted, task);
  return chosen;
}

function missing(latents: Range, shards: readonly CheckpointHeader[], task: string): RangeError {
  const names = shards.slice(0, 8).map(({ source }) => source.name).join(", ");
  const more = shards.length > 8 ? ` and ${shards.length - 8} more` : "";
  const verb = latents.to - latents.from === 1 ? "is" : "are";
  return new RangeError(
    `Cannot ${task}: ${latentsText(latents)} ${verb} in none of ${names}${more}`,
  );
}

/**
 * Throws unless two shards are of the same step of the same run.
 *
 * @throws {RangeError} that names both files and the first difference.
 */
function checkSameRun(a: CheckpointHeader, b: CheckpointHeader, task: string): void {
  const [ours, theirs] = [describe(a), describe(b)];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [value, other] = [ours, theirs].map((each) => each.get(name) ?? "not given");
    if (value === other) continue;
    const [left, right] = [value, other].map((text) => text.slice(0, 80));
    throw new RangeError(
      `Cannot ${task}: ${name.slice(0, 80)} is ${left} in ${a.source.name} but ${right} in ` +
        b.source.name,
    );
  }
}

/** Returns, as text, everything in which the shards of one checkpoint are the same. */
function describe({ trainer, shuffle, tensors }: CheckpointHeader): Map<string, string> {
  // Ranks may compute on different backends.
  const { step, latents: _, backend: _backend, options, metrics, ...rest } = trainer;
  const parts: Record<string, unknown> = {
    step,
    ...named("options", options),
    ...rest,
    ...named("metrics", metrics),
    ...named("shuffle", shuffle),
  };
  return new Map([
    ...Object.entries(parts).map(([name, value]) => [name, `${JSON.stringify(value)}`] as const),
    ...[...tensors].map(([name, { dtype, shape }]) =>
      [`the tensor ${name}`, isPerLatent(name) ? dtype : `${dtype} [${shape}]`] as const
    ),
  ]);
}

function named(prefix: string, values: object | undefined): Record<string, unknown> {
  const entries = Object.entries(values ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}.${name}`, value]));
}
