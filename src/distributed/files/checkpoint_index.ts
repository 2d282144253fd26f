/**
 * The names of checkpoints' files, and the index that makes shards a checkpoint.
 *
 * @module
 */
import { checkArray, checkInteger, checkObject } from "../../base/checks.ts";
import { checkLatents } from "../../training/trainer_state.ts";
import type { Range } from "../shares.ts";

const FORMAT = "matryoshka-sae-checkpoint-index";
const VERSION = "1";

/** Matches the file of a whole checkpoint, or the index of one in shards, and captures the step. */
export const CHECKPOINT: RegExp = /^step-(\d{8,})\.(?:safetensors|shards\.json)$/;
/** Matches an index, also one that was set aside because it could not be read. */
export const ANY_INDEX: RegExp = /^step-\d{8,}\.shards\.json(?:\.broken)?$/;
/** Matches a shard. */
export const SHARD: RegExp = /^step-\d{8,}\.\d+-of-\d+\.[0-9a-f]{8}\.safetensors$/;
/** Matches what a killed process leaves while it writes any of these. */
export const HALF_WRITTEN: RegExp =
  /^step-\d{8,}\.(?:shards\.json|(?:\d+-of-\d+\.[0-9a-f]{8}\.)?safetensors)\.[0-9a-f]{8}\.tmp$/;

const stem = (step: number): string => `step-${`${step}`.padStart(8, "0")}`;

/** Returns the name of the file of a whole checkpoint. */
export const wholeName = (step: number): string => `${stem(step)}.safetensors`;

/** Returns the name of the index of a checkpoint in shards. */
export const indexName = (step: number): string => `${stem(step)}.shards.json`;

/** Returns the name of a shard. The mark keeps it from replacing one of an earlier checkpoint of the same step. */
export function shardName(step: number, shard: number, shards: number, mark: string): string {
  return `${stem(step)}.${shard}-of-${shards}.${mark}.safetensors`;
}

/** A shard as an index names it. */
export interface IndexedShard extends Range {
  /** Its name in the folder of the index. */
  readonly file: string;
}

/** The content of an index. */
export interface CheckpointIndex {
  /** Steps taken. */
  readonly step: number;
  /** N. */
  readonly latentCount: number;
  /** The shards in the order of their latents, each latent in one. */
  readonly shards: readonly IndexedShard[];
}

/** Encodes the file of an index. */
export function encodeIndex({ step, latentCount, shards }: CheckpointIndex): Uint8Array {
  const content = { format: FORMAT, version: VERSION, step, latentCount, shards };
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Parses the file of an index, which may come from anywhere.
 *
 * @throws {RangeError | TypeError} if the file is not an index, or its shards do not hold each latent exactly once.
 */
export function parseIndex(text: string, task: string): CheckpointIndex {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError(`Cannot ${task}: it must be JSON but is ${shown(text)}`);
  }
  checkObject(value, "the index", task);
  const { format, version, step, latentCount, shards } = value as Record<string, unknown>;
  if (format !== FORMAT || version !== VERSION) {
    throw new TypeError(
      `Cannot ${task}: its format must be "${FORMAT}" version ${VERSION} but is ${shown(format)} ` +
        `version ${shown(version)}`,
    );
  }
  checkInteger(step, "step", task, 0);
  const N = checkInteger(latentCount, "latentCount", task);
  if (!Array.isArray(shards)) checkArray(shards, "shards", task);
  let end = 0;
  const checked = (shards as unknown[]).map((shard, i): IndexedShard => {
    checkObject(shard, `shards[${i}]`, task);
    const { file } = shard as Record<string, unknown>;
    // Nothing but a name: an index must not lead to files elsewhere.
    if (typeof file !== "string" || !SHARD.test(file)) {
      throw new RangeError(`Cannot ${task}: shards[${i}] has the file name ${shown(file)}`);
    }
    const { from, to } = checkLatents(shard, N, task);
    if (from !== end) {
      throw new RangeError(
        `Cannot ${task}: shards[${i}] must begin at latent ${end} but at ${from}`,
      );
    }
    end = to;
    return { file, from, to };
  });
  if (end !== N) {
    throw new RangeError(
      `Cannot ${task}: its shards must end at latentCount ${N} but end at ${end}`,
    );
  }
  return { step: step as number, latentCount: N, shards: checked };
}

/** Shows a value from a file, cut to a readable length. */
function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 80);
}
