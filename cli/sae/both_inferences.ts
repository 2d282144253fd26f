/**
 * Measures the two ways to run an autoencoder that was trained with a top-k selection and is stored with a threshold.
 *
 * @module
 */
import type { Backend, LoadedSae, TrainedSelection } from "@matryoshka/sae";
import type { ActivationFiles, BatchOptions } from "../files/activation_files.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { counted, formatNumber, textTable } from "../terminal/text.ts";
import { evaluateFiles, type EvaluationReport } from "./evaluation.ts";

/** What one way to run an autoencoder gives. */
export interface InferenceReport {
  readonly activation: { readonly kind: "jumprelu" } | TrainedSelection;
  /** The fraction of variance unexplained with all latents. */
  readonly fvu: number;
  /** The mean number of active latents per row. */
  readonly l0: number;
  /** L0 less the k of the training, as a share of k. */
  readonly l0Gap: number;
}

/** The autoencoder as it is stored, each row by itself, and as it was trained. */
export interface BothInferences {
  readonly stored: InferenceReport;
  readonly trained: InferenceReport & { readonly activation: TrainedSelection };
}

/**
 * Evaluates an autoencoder as it was trained, and compares that with an evaluation of it as it is stored. Collective.
 *
 * @param report The evaluation as it is stored, on the same rows.
 * @returns The comparison; undefined if no selection of the training is recorded.
 */
export async function measureBoth(
  backend: Backend,
  { trainedActivation: selection, ...sae }: LoadedSae,
  files: ActivationFiles,
  options: BatchOptions & { readonly report: EvaluationReport; readonly ranks: Ranks },
): Promise<BothInferences | undefined> {
  if (selection === undefined) return undefined;
  const { report, ranks, ...batches } = options;
  const asTrained = await evaluateFiles(
    backend,
    { ...sae, activation: selection },
    files,
    { ...batches, prefixes: [sae.parameters.latentCount] },
    ranks,
  );
  const inference = <Kind extends InferenceReport["activation"]>(
    activation: Kind,
    { perPrefix, l0 }: EvaluationReport,
  ) => {
    return { activation, fvu: perPrefix.at(-1)!.fvu, l0, l0Gap: l0 / selection.k - 1 };
  };
  return {
    stored: inference({ kind: "jumprelu" }, report),
    trained: inference(selection, asTrained),
  };
}

/** Writes the comparison as text. */
export function bothInferencesText(
  { stored, trained }: BothInferences,
  batchRows: number,
): string {
  const { activation } = trained;
  const within = activation.kind === "batchtopk" ? `, batches of ${counted(batchRows, "row")}` : "";
  const row = (name: string, { fvu, l0, l0Gap }: InferenceReport) => {
    const gap = Number((100 * l0Gap).toFixed(2));
    return [name, formatNumber(fvu), formatNumber(l0), `${gap > 0 ? "+" : ""}${gap} %`];
  };
  return textTable(["inference with all latents", "FVU", "L0", "L0 against k"], [
    row("as stored: jumprelu, row by row", stored),
    row(`as trained: ${activation.kind}, k ${activation.k}${within}`, trained),
  ]);
}
