import type { PrefixReading, StepMetrics } from "@matryoshka/sae";

/** The metrics of a step as the record of a run holds them. */
export interface RecordedMetrics extends StepMetrics {
  /** The reference prefixes after the step, measured on its batch. */
  readonly referencePrefixes?: readonly PrefixReading[];
}
