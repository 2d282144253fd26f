import type { PrefixReading, StepMetrics } from "@matryoshka/sae";

/** The metrics of a step as the record of a run holds them. */
export interface RecordedMetrics extends StepMetrics {
  /** The loss by which dead latents learn, where the recipe has one. */
  readonly auxiliaryLoss?: number;
  /** The running threshold of inference, where the recipe estimates one. */
  readonly threshold?: number;
  /** The reference prefixes after the step, measured on its batch. */
  readonly referencePrefixes?: readonly PrefixReading[];
}
