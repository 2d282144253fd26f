/** How long a collective call takes on a network: the usual model of a latency and a bandwidth per message. */

import type { StepMessage } from "./step_messages.ts";

/** A network between ranks, each of which has a link of its own. */
export interface Network {
  readonly name: string;
  /** Seconds that a message of no length takes, α. */
  readonly latency: number;
  /** Bytes per second in each direction, β. */
  readonly bandwidth: number;
}

/** How a library computes an exclusive scan: one rank after another (Open MPI), or by recursive doubling (MPICH). */
export type ScanAlgorithm = "chain" | "doubling";

/** Bytes of the pieces in which scans go: see `src/distributed/mpi/group.ts`. */
const PIECE = 2 ** 18;

/** Networks of clusters, by their nominal rates less a tenth for protocols. Assumed, not measured. */
export const NETWORKS: readonly Network[] = [
  { name: "10 GbE", latency: 30e-6, bandwidth: 1.1e9 },
  { name: "100 Gb/s InfiniBand", latency: 2e-6, bandwidth: 11e9 },
];

/**
 * Returns the seconds of a call from its start on the first rank to its end on the last. n bytes take α + n/β from rank
 * to rank, and additions nothing.
 *
 * - A scan goes in c pieces. In a chain, a rank passes one on while the next arrives, so that the last rank has all of
 *   them after R − 2 + c pieces. Doubling takes ⌈log₂R⌉ rounds for each.
 * - An all-reduce is the faster of ⌈log₂R⌉ rounds of the whole message, and 2 ⌈log₂R⌉ rounds that move 2 (R − 1)/R of it.
 * - An all-gather takes ⌈log₂R⌉ rounds that move R − 1 messages.
 */
export function secondsOfCall(
  { call, ranks: R, bytes }: Pick<StepMessage, "call" | "ranks" | "bytes">,
  { latency, bandwidth }: Network,
  scan: ScanAlgorithm,
): number {
  const rounds = Math.ceil(Math.log2(R));
  const whole = latency + bytes / bandwidth;
  switch (call) {
    case "exclusiveScan":
    case "reverseExclusiveScan": {
      if (R === 1) return 0;
      const pieces = Math.ceil(bytes / PIECE);
      const onePiece = latency + bytes / pieces / bandwidth;
      return (scan === "chain" ? R - 2 + pieces : rounds * pieces) * onePiece;
    }
    case "allReduce": {
      const inParts = 2 * rounds * latency + 2 * (R - 1) / R * bytes / bandwidth;
      return Math.min(rounds * whole, inParts);
    }
    case "allGather":
      return rounds * latency + (R - 1) * bytes / bandwidth;
  }
}

/** Returns the seconds of all calls of a step. Nothing overlaps. */
export function secondsOfCalls(
  messages: readonly StepMessage[],
  network: Network,
  scan: ScanAlgorithm,
): number {
  return messages.reduce(
    (sum, message) => sum + message.calls * secondsOfCall(message, network, scan),
    0,
  );
}
