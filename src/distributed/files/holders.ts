/**
 * Which rank holds which latents of a file that ranks write together.
 *
 * @module
 */
import type { Communicator } from "../communicator.ts";
import type { Range } from "../shares.ts";
import { agree, type Attempt } from "../texts.ts";
import { failureReason } from "../../io/sources/failure_reason.ts";

/** What a rank says of its share. */
export interface ShareFacts {
  readonly latents: Range;
  /** N, the number of latents of the whole. */
  readonly latentCount: number;
  /** What must be the same in all shares, by names that errors give. */
  readonly common: Readonly<Record<string, string | number>>;
}

/** A rank that writes. */
export interface Holder {
  readonly rank: number;
  readonly latents: Range;
}

/** The ranks that hold a whole together. */
export interface Holders extends Omit<ShareFacts, "latents"> {
  /** In the order of their latents. */
  readonly holders: readonly Holder[];
}

/**
 * Returns the ranks that hold latents, in the order of these, and what their shares have in common. Collective.
 *
 * @param attempted What this rank says of its share; undefined if it has none.
 * @throws {Error} on every rank if one has failed, or the shares are not those of one whole.
 */
export async function agreeOnHolders(
  communicator: Communicator,
  attempted: Attempt<ShareFacts | undefined>,
  task: string,
): Promise<Holders> {
  const all = await agree(communicator, attempted, task, failureReason);
  const shares = all.flatMap((facts, rank) => facts ? [{ rank, ...facts }] : []);
  if (shares.length === 0) throw new RangeError(`Cannot ${task}: no rank has a share of it`);
  const [first, ...others] = shares;
  for (const other of others) {
    const [ours, theirs] = [first, other].map(({ latentCount, common }) =>
      new Map<string, string | number>([["latentCount", latentCount], ...Object.entries(common)])
    );
    for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
      if (ours.get(name) === theirs.get(name)) continue;
      const [a, b] = [ours, theirs].map((each) => `${each.get(name) ?? "not given"}`.slice(0, 80));
      throw new RangeError(
        `Cannot ${task}: ${name} is ${a} on rank ${first.rank} but ${b} on rank ${other.rank}`,
      );
    }
  }
  shares.sort((a, b) => a.latents.from - b.latents.from);
  checkTiling(shares, first.latentCount, task);
  const holders = shares.map(({ rank, latents }) => ({ rank, latents }));
  return { holders, latentCount: first.latentCount, common: first.common };
}

/** Throws unless the ranges, sorted, hold each of N latents once. */
function checkTiling(sorted: readonly Holder[], latentCount: number, task: string): void {
  let end = 0;
  let before: Holder | undefined;
  for (const holder of [...sorted, undefined]) {
    const from = holder?.latents.from ?? latentCount;
    if (from > end) {
      throw new RangeError(`Cannot ${task}: no rank holds latent ${end}`);
    }
    if (before && from < end) {
      throw new RangeError(
        `Cannot ${task}: ranks ${before.rank} and ${holder!.rank} both hold latent ${from}`,
      );
    }
    if (holder === undefined) return;
    before = holder;
    end = holder.latents.to;
  }
}
