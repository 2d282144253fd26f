/**
 * Arranges ranks in a grid: replicas of the autoencoder, and in each the ranks that share its latents.
 *
 * @module
 */
import { checkInteger, checkMethods } from "../../base/checks.ts";
import type { Communicator } from "../../distributed/communicator.ts";
import { latentShares, type Range } from "../../distributed/shares.ts";

/** A rank's place in the grid. */
export interface RankGrid {
  /** All ranks. */
  readonly world: Communicator;
  /** The ranks of this rank's replica, which share its latents in their order. */
  readonly replica: Communicator;
  /** The ranks of all replicas that hold the same latents as this one, in the order of the replicas. */
  readonly peers: Communicator;
  /** The latents that this rank holds. */
  readonly latents: Range;
  /** N, over all ranks of a replica. */
  readonly latentCount: number;
}

/** The options of a trainer that concern the grid. */
export interface GridOptions {
  readonly latentCount: number;
  readonly ranksPerReplica?: number;
  readonly latentsPerRank?: ArrayLike<number>;
  readonly permuteEvery?: number;
}

const METHODS = [
  "exclusiveScan",
  "reverseExclusiveScan",
  "allReduce",
  "allGather",
  "broadcast",
  "split",
  "abort",
];

/** Throws unless `value` is a communicator. */
export function checkCommunicator(value: unknown, task: string): void {
  checkMethods(value, METHODS, "communicator", "a Communicator", task);
}

/** Checks the options and arranges the ranks. Collective. */
export async function joinGrid(
  world: Communicator,
  { latentCount, ranksPerReplica = world.size, latentsPerRank, permuteEvery = 0 }: GridOptions,
  task: string,
): Promise<RankGrid> {
  checkInteger(ranksPerReplica, "ranksPerReplica", task);
  if (world.size % ranksPerReplica !== 0) {
    throw new RangeError(
      `Cannot ${task}: ${world.size} ranks cannot form replicas of ${ranksPerReplica}`,
    );
  }
  const shares = latentShares(latentCount, ranksPerReplica, latentsPerRank, task);
  if (permuteEvery > 0 && ranksPerReplica > 1) {
    throw new RangeError(
      `Cannot ${task}: permuteEvery ${permuteEvery} would move latents between the ${ranksPerReplica} ranks ` +
        "of a replica, which is not supported; with ranksPerReplica 1, each rank holds all latents",
    );
  }
  const place = world.rank % ranksPerReplica;
  const replica = await world.split(Math.floor(world.rank / ranksPerReplica));
  const peers = await world.split(place);
  return { world, replica, peers, latents: shares[place], latentCount };
}
