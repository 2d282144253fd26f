/**
 * Measures the autoencoder of a training run: on the rows held out, or else on rows that it was trained on.
 *
 * @module
 */
import type { RowRange, Sae } from "@matryoshka/sae";
import { orWarn, SAMPLE_ROWS } from "../report/write_report.ts";
import {
  evaluateFiles,
  evaluationPrefixes,
  type EvaluationReport,
  evaluationText,
} from "../sae/evaluation.ts";
import type { PreparedRun } from "./preparation.ts";
import type { SavedRun } from "./saved_run.ts";

/** What was measured, and where. */
export interface MeasuredRun {
  readonly evaluation: EvaluationReport;
  /** Whether the rows were those of `--eval-rows`. */
  readonly heldOut: boolean;
}

/**
 * Evaluates a complete run on its `--eval-rows`, and adds the evaluation to the record. Without them, or if the run
 * ended early, measures on the last rows of its range; failing to do that is only a warning.
 */
export async function measureRun(
  run: PreparedRun,
  { sae, record, folder, stoppedEarly }: SavedRun,
): Promise<MeasuredRun | undefined> {
  const { args, rows: { from, to } } = run;
  if (run.evalRows !== undefined && stoppedEarly === undefined) {
    const evaluation = await evaluateOn(run, sae, run.evalRows);
    await folder.saveRecord({ ...record, evaluation });
    return { evaluation, heldOut: true };
  }
  // Neither the report nor the record on stdout would show it.
  if (args.json && !args.report) return undefined;
  const last = { from: Math.max(from, to - SAMPLE_ROWS), to };
  const task = "measure how active latents are";
  const evaluation = await orWarn(task, () => evaluateOn(run, sae, last));
  return evaluation && { evaluation, heldOut: false };
}

/** Writes what was measured as text, and says on which rows if they were not held out. */
export function measuredText({ evaluation, heldOut }: MeasuredRun, latentCount: number): string {
  const table = evaluationText(evaluation, latentCount);
  if (heldOut) return table;
  return `On the last ${evaluation.rows} rows of those trained on (--eval-rows measures on others):\n` +
    table;
}

function evaluateOn(
  { args, backend, files }: PreparedRun,
  sae: Sae,
  rows: Required<RowRange>,
): Promise<EvaluationReport> {
  const prefixes = evaluationPrefixes(sae.prefixes, args.latents);
  return evaluateFiles(backend, sae, files, { rows, batchRows: args.batch, prefixes });
}
