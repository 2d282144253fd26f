/**
 * Reads latents of checkpoints into one set of tensors, a few MiB at a time.
 *
 * @module
 */
import type { Values } from "../../kernels/kernel.ts";
import { makeArray } from "../base/array_size.ts";
import { crc32 } from "../base/crc32.ts";
import type { Range } from "../distributed/shares.ts";
import { readExactly } from "../io/sources/bytes.ts";
import type { CheckpointHeader } from "./checkpoint_header.ts";
import { ARRAYS, checksumOfHead, checksumOfMetadata } from "./checkpoint_tensors.ts";
import { ALL_TENSORS, stateShapes } from "./trainer_state.ts";

/** Bytes to read at a time. */
const CHUNK = 4 * 2 ** 20;

const SINGLE = /* @__PURE__ */ stateShapes(1, 1, ALL_TENSORS);
const DOUBLE = /* @__PURE__ */ stateShapes(1, 2, ALL_TENSORS);

/** Returns whether a tensor of a state has a row for each latent. The others are the same in all shards. */
export function isPerLatent(name: string): boolean {
  return Object.hasOwn(SINGLE, name) && SINGLE[name][0] !== DOUBLE[name][0];
}

/** Returns whether two ranges have latents in common. */
export function overlap(a: Range, b: Range): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Returns latents as errors name them. */
export function latentsText({ from, to }: Range): string {
  return to - from === 1 ? `latent ${from}` : `latents ${from} to ${to - 1}`;
}

/**
 * Reads the wanted latents of shards that hold all of them, each once, and have the same tensors. Besides the result,
 * memory holds one chunk.
 *
 * @throws {RangeError} if a file was cut off or changed, or shards disagree in a tensor that they share.
 */
export async function readRows(
  shards: readonly CheckpointHeader[],
  wanted: Range,
): Promise<Record<string, Values>> {
  const tensors: Record<string, Values> = {};
  for (const [name, { dtype, shape }] of shards[0].tensors) {
    const [rows, width = 1] = shape;
    const count = isPerLatent(name) ? wanted.to - wanted.from : rows;
    const Kind = ARRAYS[dtype as keyof typeof ARRAYS] as new (length: number) => Values;
    tensors[name] = makeArray(Kind, { [`rows of ${name}`]: count, values: width }, shards[0].task);
  }
  for (const shard of shards) await readShard(shard, wanted, tensors, shards[0]);
  return tensors;
}

/** Reads a whole shard for its checksum, and keeps its wanted latents. */
async function readShard(
  shard: CheckpointHeader,
  wanted: Range,
  into: Readonly<Record<string, Values>>,
  first: CheckpointHeader,
): Promise<void> {
  const { source, task, tensors, latents, metadata: { checksum: noted, ...metadata } } = shard;
  let checksum = checksumOfMetadata(metadata);
  let different: string | undefined;
  for (const name of [...tensors.keys()].sort()) {
    const entry = tensors.get(name)!;
    checksum = checksumOfHead(name, entry.dtype, entry.shape, checksum);
    const { buffer, byteOffset, byteLength } = into[name];
    const target = new Uint8Array(buffer, byteOffset, byteLength);
    const shared = !isPerLatent(name);
    const begin = shared ? 0 : (latents.from - wanted.from) * (entry.byteLength / entry.shape[0]);
    for (let offset = 0; offset < entry.byteLength; offset += CHUNK) {
      const length = Math.min(CHUNK, entry.byteLength - offset);
      const bytes = await readExactly(source, entry.offset + offset, length);
      checksum = crc32(bytes, checksum);
      // Where the chunk would lie in the target, which may hold only a part of it.
      const at = begin + offset;
      const from = Math.max(at, 0);
      const to = Math.min(at + length, target.length);
      if (from >= to) continue;
      const part = bytes.subarray(from - at, to - at);
      if (!shared || shard === first) target.set(part, from);
      else if (part.some((byte, i) => byte !== target[from + i])) different ??= name;
    }
  }
  if (noted !== `${checksum}`) {
    throw new RangeError(
      `Cannot ${task}: the file has changed since it was written: its checksum is ${checksum} but ` +
        `${noted === undefined ? "none" : noted.slice(0, 80)} was noted`,
    );
  }
  if (different === undefined) return;
  throw new RangeError(
    `Cannot ${task}: its ${different}, which all shards share, differs from that of ` +
      first.source.name,
  );
}
