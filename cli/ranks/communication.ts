import { type Communicator, evenShare, type Range } from "@matryoshka/sae";
import { UsageError } from "../terminal/failure.ts";
import type { Ranks } from "./ranks.ts";

/** How the ranks of a run share its latents. */
export interface RunCommunication {
  /** The options of the trainer. */
  readonly options: { readonly communicator: Communicator; readonly ranksPerReplica: number };
  /** The latents of this rank. */
  readonly latents: Range;
}

/** The arguments of a run that concern its ranks. */
interface SharingArguments {
  readonly latents: number;
  readonly batch: number;
  readonly ranksPerReplica?: number;
  readonly permuteEvery: number;
}

/**
 * Returns how the ranks share the latents, or undefined if the run is not one over ranks.
 *
 * @throws {UsageError} if they cannot.
 */
export function communicationOf(
  { communicator }: Ranks,
  { latents: N, batch: B, ranksPerReplica: asked, permuteEvery }: SharingArguments,
): RunCommunication | undefined {
  const flag = `Cannot use --ranks-per-replica ${asked}`;
  if (communicator === undefined) {
    if (asked === undefined) return undefined;
    throw new UsageError(`${flag}: it needs --mpi`);
  }
  const { rank, size } = communicator;
  const ranksPerReplica = asked ?? size;
  if (size % ranksPerReplica !== 0) {
    throw new UsageError(`${flag}: ${size} ranks cannot form replicas of ${ranksPerReplica}`);
  }
  if (N < ranksPerReplica) {
    throw new UsageError(
      `Cannot use --latents ${N} on ${ranksPerReplica} ranks that share them: each needs at least one`,
    );
  }
  const replicas = size / ranksPerReplica;
  if (B < replicas) {
    throw new UsageError(
      `Cannot use --batch ${B} on ${replicas} replicas that share the rows: each needs at least one`,
    );
  }
  if (permuteEvery > 0 && ranksPerReplica > 1) {
    throw new UsageError(
      `Cannot use --permute-every ${permuteEvery}: latents would move between the ${ranksPerReplica} ranks that ` +
        "share them; --ranks-per-replica 1 gives each rank all latents",
    );
  }
  const latents = evenShare(N, ranksPerReplica, rank % ranksPerReplica);
  return { options: { communicator, ranksPerReplica }, latents };
}
