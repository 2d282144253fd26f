/** Checkpoints of one run after 0, 1, 2 and 3 steps, written by ranks. */
import { assertEquals } from "@std/assert";
import { type Checkpoint, runRanks } from "../../../mod.ts";
import { writeCheckpointShard } from "../../../entries/files.ts";
import { checkpointOf, shardsOf } from "../../training/shards.ts";

/** The checkpoints by their steps. */
export const STATES = await Promise.all([0, 1, 2, 3].map((steps) => checkpointOf("wasm", steps)));

/** Writes a checkpoint by ranks with this many latents each. */
export async function write(
  folder: string,
  checkpoint: Checkpoint,
  lengths: readonly number[],
): Promise<string> {
  const shards = shardsOf(checkpoint, lengths);
  const paths = await runRanks(
    lengths.length,
    (ranks) => writeCheckpointShard(folder, shards[ranks.rank], ranks),
  );
  assertEquals(new Set(paths).size, 1);
  return paths[0];
}
