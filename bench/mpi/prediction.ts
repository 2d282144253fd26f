/** Predicts step times of large jobs from a rank's measured computation and the model of a network. */

import { NETWORKS, type ScanAlgorithm, secondsOfCalls } from "./network.ts";
import type { Compute, RankCompute } from "./results.ts";
import { stepMessages } from "./step_messages.ts";

/** A predicted step. */
export interface Prediction {
  readonly rank: RankCompute;
  /** Seconds on each network, with scans in a chain and by doubling. */
  readonly seconds: readonly number[];
}

const SCANS: readonly ScanAlgorithm[] = ["chain", "doubling"];

/** Returns the predictions for all jobs whose computation was measured: computation plus messages, none of it overlapping. */
export function predictions({ shape, ranks }: Compute): Prediction[] {
  return ranks.map((rank) => {
    const messages = stepMessages({
      rows: rank.rows,
      inputSize: shape.d,
      latents: rank.latents,
      prefixes: shape.P,
      ranksPerReplica: rank.ranksPerReplica,
      replicas: rank.ranks / rank.ranksPerReplica,
      activation: { kind: "topk", k: shape.active },
    });
    const seconds = NETWORKS.flatMap((network) =>
      SCANS.map((scan) => rank.ms / 1000 + secondsOfCalls(messages, network, scan))
    );
    return { rank, seconds };
  });
}
