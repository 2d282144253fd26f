/** The results of a comparison on the CPU. */

import type { Environment } from "../../harness/environment.ts";
import type { Algorithm, Screening, Task } from "../../harness/peer.ts";
import type { Shape } from "../../harness/problem.ts";
import { median } from "../../harness/statistics.ts";
import type { Sample } from "./rounds.ts";

/** A participant: which peer, and how it is used. */
export interface Entry {
  /** Its name in the table. */
  readonly label: string;
  /** Its name in `serve.ts`, "pytorch", or "pytorch-keeping". */
  readonly peer: string;
  readonly threads: number;
  /** How the package computes, and how everyone's work is counted. */
  readonly algorithm: Algorithm;
  /** Whether the package's sparse encodes screen; by default as it chooses. */
  readonly screening?: Screening;
  /** Number of prefixes: all of the problem's, or 1 for the full length alone. */
  readonly P: number;
}

/** A line of the table. */
export interface Row {
  readonly task: Task;
  readonly shape: Shape;
  /** The measured share of active latents. */
  readonly density: number;
  readonly entry: Entry;
  /** Library, version, instructions and threads. */
  readonly description: string;
  /** Relative errors that the gate found. */
  readonly errors: string;
  /** Milliseconds of the first run, including one-time work. */
  readonly firstMs: number;
  readonly samples: readonly Sample[];
  /** Median milliseconds. */
  readonly ms: number;
  readonly gigaflops: number;
  /** Median over the samples of the time over the floor at the rates around it. */
  readonly overFloor: number;
  /** Medians of F and W around the samples. */
  readonly rates: { readonly gigaflops: number; readonly gigabytes: number };
}

/** A participant that could not be timed, and the reason. */
export interface Failure {
  readonly task: Task;
  readonly entry: Entry;
  readonly why: string;
}

/** A file of `--json`. */
export interface CpuResults {
  readonly kind: "cpu";
  readonly environment: Environment;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
}

/** Returns a participant's name with its settings. */
export function titleOf({ label, algorithm, screening, threads, P }: Entry): string {
  const plain = screening === "off" ? ", not screened" : "";
  return `${label}, ${algorithm}${plain}, P = ${P}, ${threads} thread${threads > 1 ? "s" : ""}`;
}

/** Whether the row is the package's own. */
export function isPackage({ entry: { peer } }: Row): boolean {
  return peer === "package" || peer === "reference";
}

/** Finds the package's row that does what `row` does, with these differences. */
export function packageRow(
  rows: readonly Row[],
  row: Row,
  differences: Partial<Pick<Entry, "algorithm" | "threads" | "P">>,
): Row | undefined {
  const { threads, algorithm, P } = { ...row.entry, ...differences };
  // Another algorithm, or a peer, is compared with the package as it chooses.
  const screening = differences.algorithm || !isPackage(row) ? undefined : row.entry.screening;
  const { B, d, N } = row.shape;
  return rows.find((other) =>
    isPackage(other) && other.task === row.task && other.density === row.density &&
    other.shape.B === B && other.shape.d === d && other.shape.N === N &&
    other.entry.threads === threads && other.entry.algorithm === algorithm && other.entry.P === P &&
    other.entry.screening === screening
  );
}

/**
 * Returns how many times as long `row` takes as `base`: the median over the rounds that both took
 * part in, so that a slow moment weighs on both.
 */
export function ratio(row: Row, base: Row): number {
  const msOf = new Map(base.samples.map(({ round, ms }) => [round, ms]));
  const paired = row.samples.filter(({ round }) => msOf.has(round));
  return median(paired.map(({ round, ms }) => ms / msOf.get(round)!));
}
