/**
 * Puts a checkpoint together from the files that hold it.
 *
 * @module
 */
import type { Range } from "../distributed/shares.ts";
import { checkCheckpoint, type Checkpoint } from "./checkpoint_content.ts";
import { type CheckpointHeader, parseJson } from "./checkpoint_header.ts";
import { readRows } from "./checkpoint_rows.ts";
import { FORMER_METRICS, HELD, METRICS } from "./checkpoint_tensors.ts";

/**
 * Reads the wanted latents of a checkpoint from shards that hold all of them, each once, and are of the same step of
 * the same run.
 *
 * @param task What an error about the result says could not be done.
 * @param records The shard that gives `record` and `createdBy`.
 */
export async function readShards(
  shards: readonly CheckpointHeader[],
  wanted: Range,
  task: string,
  records: CheckpointHeader = shards[0],
): Promise<Checkpoint> {
  const [{ trainer, shuffle, latentCount }] = shards;
  const { metrics: { largestL0, prefixes }, latents: _, ...rest } = trainer;
  const tensors = await readRows(shards, wanted);
  const { [METRICS]: current, [FORMER_METRICS]: former, [HELD]: held, ...numbers } = tensors;
  const row = current ?? former;
  if ((prefixes === undefined) !== (row === undefined)) {
    throw new RangeError(`Cannot ${task}: its metrics and their prefixes must come together`);
  }
  const last = prefixes && { prefixes, row: row as Float64Array };
  const { record, createdBy } = records.metadata;
  const checkpoint = {
    trainer: {
      ...rest,
      ...(wanted.to - wanted.from < latentCount && { latents: wanted }),
      metrics: { largestL0, ...(last && { last }) },
      tensors: numbers,
    },
    ...(shuffle && { shuffle: { ...shuffle, held } }),
    ...(record !== undefined && { record: parseJson(record, "record", records.task) }),
    createdBy,
  } as Checkpoint;
  checkCheckpoint(checkpoint, task);
  return checkpoint;
}
