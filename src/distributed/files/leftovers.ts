/**
 * Shards that belong to no checkpoint.
 *
 * @module
 */
import {
  ANY_INDEX,
  HALF_WRITTEN,
  indexName,
  parseIndex,
  SHARD,
  wholeName,
} from "./checkpoint_index.ts";
import type { Disk } from "./disk.ts";

/**
 * Removes what no checkpoint needs once that at `path` is whole: an earlier one of the same step, shards that no index
 * names, and half-written files. Shards of the step of an index that cannot be read stay.
 */
export async function removeLeftovers(
  disk: Disk,
  folder: string,
  path: string,
  step: number,
): Promise<void> {
  for (const name of [wholeName(step), indexName(step)]) {
    if (`${folder}/${name}` !== path) await disk.remove(`${folder}/${name}`);
  }
  const names = await disk.list(folder);
  const needed = new Set<string>();
  const unknown: string[] = [];
  for (const name of names.filter((each) => ANY_INDEX.test(each))) {
    try {
      const { shards } = parseIndex(await disk.readText(`${folder}/${name}`), `read ${name}`);
      for (const { file } of shards) needed.add(file);
    } catch {
      unknown.push(name.replace(/shards.*/, ""));
    }
  }
  for (const name of names) {
    const stray = SHARD.test(name) && !needed.has(name) &&
      !unknown.some((start) => name.startsWith(start));
    if (stray || HALF_WRITTEN.test(name)) await disk.remove(`${folder}/${name}`);
  }
}
