/**
 * What the shards of one checkpoint have in common.
 *
 * @module
 */
import { crc32 } from "../../base/crc32.ts";
import type { Checkpoint } from "../../training/checkpoint.ts";
import { isPerLatent } from "../../training/checkpoint_rows.ts";
import type { ShareFacts } from "./holders.ts";

/** Returns what a rank says of its shard, so that no checkpoint is committed that cannot be read. */
export function factsOfShard({ trainer, shuffle }: Checkpoint): ShareFacts {
  const { step, options, prefixRandom, algorithm, metrics, tensors } = trainer;
  const latentCount = options.latentCount as number;
  const { held: _, ...cursor } = shuffle ?? {};
  const common: Record<string, string | number> = {
    step,
    ...texts("options", options),
    prefixRandom: JSON.stringify(prefixRandom),
    algorithm: JSON.stringify(algorithm),
    ...texts("metrics", { ...metrics, last: metrics.last?.prefixes }),
    ...texts("shuffle", cursor),
  };
  const rows = metrics.last && { "last.row": metrics.last.row };
  for (const [name, values] of Object.entries({ ...tensors, ...rows })) {
    common[`the kind of ${name}`] = values.constructor.name;
    if (isPerLatent(name)) continue;
    const { buffer, byteOffset, byteLength } = values;
    common[`the checksum of ${name}`] = crc32(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return { latents: trainer.latents ?? { from: 0, to: latentCount }, latentCount, common };
}

function texts(prefix: string, values: object): Record<string, string> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [`${prefix}.${name}`, JSON.stringify(value)]),
  );
}
