/**
 * The messages of a training step over ranks: what each call carries, and how many bytes. The only place that holds
 * these formulas: a test compares them with what a communicator counts, and the tables of docs/more-than-one-machine.md
 * and the predictions use them.
 */
import type { Communicator } from "../../src/distributed/communicator.ts";

/** Activation functions by what they communicate: relu, identity and jumprelu send nothing of their own. */
export type SelectingActivation =
  | { readonly kind: "relu" | "identity" | "jumprelu" }
  | { readonly kind: "topk"; readonly k: number }
  /** `digits`: how many histograms the threshold of the batch takes; it depends on the values. */
  | { readonly kind: "batchtopk"; readonly digits: number };

/** A step as one rank sees it. */
export interface RankStep {
  /** Rows of the rank's replica, B. */
  readonly rows: number;
  /** d. */
  readonly inputSize: number;
  /** N_r, the latents of the rank. */
  readonly latents: number;
  /** P. */
  readonly prefixes: number;
  /** R, the ranks that share the latents. */
  readonly ranksPerReplica: number;
  /** G, the replicas, each of which takes other rows. */
  readonly replicas: number;
  readonly activation: SelectingActivation;
}

/** The ranks that take part in a call: all W = R·G, the R of a replica, or the G that hold the same latents. */
export type Group = "all" | "replica" | "same latents";

/** A collective call of a step. */
export interface StepMessage {
  readonly call: keyof Pick<
    Communicator,
    "exclusiveScan" | "reverseExclusiveScan" | "allReduce" | "allGather"
  >;
  /** What it carries, in the symbols of docs/mathematics.md. */
  readonly content: string;
  readonly group: Group;
  /** How many ranks the group has. */
  readonly ranks: number;
  /** Bytes that the rank hands to a call, as a formula. */
  readonly formula: string;
  /** Bytes that the rank hands to a call. */
  readonly bytes: number;
  /** How often the step makes the call. */
  readonly calls: number;
}

/** Returns the calls of a step, in their order; of one rank alone, none. */
export function stepMessages(step: RankStep): StepMessage[] {
  const { rows: B, inputSize: d, latents: N, prefixes: P, ranksPerReplica: R, replicas: G } = step;
  const sizes: Readonly<Record<Group, number>> = { all: R * G, replica: R, "same latents": G };
  const { activation } = step;
  const messages: StepMessage[] = [];
  if (R * G === 1) return messages;
  const add = (
    call: StepMessage["call"],
    group: Group,
    content: string,
    [formula, bytes, calls = 1]: readonly [string, number, number?],
  ) => messages.push({ call, content, group, ranks: sizes[group], formula, bytes, calls });

  add("allGather", "all", "a checksum of the batch and the prefixes", ["8", 8]);
  if (activation.kind === "topk" && R > 1) {
    const { k } = activation;
    add("allGather", "replica", "the k largest values of each row", ["4·B·k", 4 * B * k]);
    add("allGather", "replica", "the least value kept, of a share of the rows", [
      "4·2·⌈B/R⌉",
      4 * 2 * Math.ceil(B / R),
    ]);
  }
  if (activation.kind === "batchtopk") {
    add("allReduce", "all", "a histogram of 256 counts", ["4·256", 4 * 256, activation.digits]);
  }
  add("allGather", "all", "S_j and L0 of each prefix", ["8·2·P", 8 * 2 * P]);
  if (R > 1) {
    add("exclusiveScan", "replica", "t_r", ["4·B·d", 4 * B * d]);
    add("reverseExclusiveScan", "replica", "G'_0", ["4·B·d", 4 * B * d]);
  }
  if (G > 1) {
    add("allReduce", "same latents", "∂E; ∂D", ["4·N_r·d", 4 * N * d, 2]);
    add("allReduce", "same latents", "∂b; counts; squares", ["4·N_r", 4 * N, 3]);
  }
  add("allReduce", "all", "∂c, ‖g‖² and SE_j", ["8·(d + 1 + P)", 8 * (d + 1 + P)]);
  return messages;
}

/** Returns the bytes that a rank hands to its communicator in a step. */
export function bytesOfStep(step: RankStep): number {
  return stepMessages(step).reduce((sum, { bytes, calls }) => sum + bytes * calls, 0);
}
