/** The results of `bench:screening`. */

import type { Environment } from "../harness/environment.ts";
import type { Shape } from "../harness/problem.ts";
import type { BenchSelection } from "../harness/selections.ts";

/** Which instructions the products are made of. */
export interface Lowering {
  /** "relaxed", or "simd" for the plain tier. */
  readonly tier: "relaxed" | "simd";
  /** Whether V8 may use AVX-VNNI where the processor has it. */
  readonly vnni: boolean;
}

/** One comparison. */
export interface Case {
  readonly task: "encode" | "step";
  readonly shape: Shape;
  /** The share of active latents that was aimed at. */
  readonly density: number;
  readonly selection: BenchSelection;
  /** The number that differs from those of the base, in `bench/scaling.ts`. */
  readonly axis?: Axis;
}

/**
 * What the scaling chart varies: rows, inputs, latents, prefixes, active latents per row; and these again at the sizes of
 * README's training command, where the dense algorithm takes part.
 */
export type Axis = "B" | "d" | "N" | "P" | "active" | "crossover";

/** Milliseconds of the parts of a screened encode, each timed by itself in every round: medians. */
export interface Parts {
  readonly quantizeRows: number;
  /** Once before the first batch; in training Adam leaves the same behind. */
  readonly quantizeLatents: number;
  /** The product of integers with its test, on biases that leave no candidate. */
  readonly product: number;
  /** What is left of the screened encode: candidates are listed, and get their dot products. */
  readonly candidates: number;
}

/** Milliseconds of one round: each variant took its turn. */
export interface Round {
  readonly plain: number;
  /** Rows quantised and encoded, or a step with screening "on". */
  readonly screened: number;
  /** A step with screening "auto". */
  readonly auto?: number;
  /** A step of the dense algorithm. */
  readonly dense?: number;
}

/** A comparison that passed its gate. */
export interface Comparison extends Case {
  readonly lowering: Lowering;
  readonly threads: number;
  /** The backend's description. */
  readonly description: string;
  /** What the backend says of screening: see `Backend.screening`. */
  readonly screening?: "faster" | "slower";
  /** What was equal, bit for bit. */
  readonly gate: string;
  /** Active latents per row. */
  readonly active: number;
  /** Candidates per row; of encodes. */
  readonly candidates?: number;
  readonly parts?: Parts;
  /**
   * Bytes of the tensors of a trainer that does not screen, with the room for codes that follows from the active
   * latents, and a second program for a few rows; of steps.
   */
  readonly settledBytes?: number;
  /** The rounds; of encodes with the parts. */
  readonly rounds: readonly Round[];
  /** Medians over the rounds. */
  readonly plainMs: number;
  readonly screenedMs: number;
  readonly autoMs?: number;
  readonly denseMs?: number;
  /** Medians over the rounds of plain / screened and plain / auto. */
  readonly speedup: number;
  readonly autoSpeedup?: number;
}

/** A file of `bench/screening.ts --json` or `bench/scaling.ts --json`. */
export interface ScreeningResults {
  readonly kind: "screening" | "scaling";
  readonly environment: Environment;
  readonly comparisons: readonly Comparison[];
}

/** What a child process is asked to measure. */
export interface ScreeningJob {
  readonly lowering: Lowering;
  readonly threads: number;
  readonly cases: readonly Case[];
  readonly effort: Effort;
  /** Where the comparisons go, as JSON. */
  readonly results: string;
  /** "reference" tries the bench itself. */
  readonly backend: "wasm" | "reference";
}

/** How much to measure. */
export interface Effort {
  readonly warmups: number;
  readonly samples: number;
  /** Time for the rounds of a comparison; three are taken in any case. */
  readonly seconds: number;
}
