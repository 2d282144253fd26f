/**
 * Measures the autoencoder of a training run: on the rows held out, or else on rows that it was trained on.
 *
 * @module
 */
import type { RowRange } from "@matryoshka/sae";
import type { SaeShare } from "@matryoshka/sae/files";
import { orWarn, SAMPLE_ROWS } from "../report/write_report.ts";
import {
  evaluateFiles,
  evaluateShareOnFiles,
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
  { share, record, folder, stoppedEarly }: SavedRun,
): Promise<MeasuredRun | undefined> {
  const { args, rows: { from, to } } = run;
  if (run.evalRows !== undefined && stoppedEarly === undefined) {
    const evaluation = await evaluateOn(run, share, run.evalRows);
    await folder.saveRecord({ ...record, evaluation });
    return { evaluation, heldOut: true };
  }
  // Neither the report nor the record on stdout would show it.
  if (args.json && !args.report) return undefined;
  const last = { from: Math.max(from, to - SAMPLE_ROWS), to };
  const task = "measure how active latents are";
  const evaluation = await orWarn(task, () => evaluateOn(run, share, last), run.ranks);
  return evaluation && { evaluation, heldOut: false };
}

/** Writes what was measured as text, and says on which rows if they were not held out. */
export function measuredText({ evaluation, heldOut }: MeasuredRun, latentCount: number): string {
  const table = evaluationText(evaluation, latentCount);
  if (heldOut) return table;
  return `On the last ${evaluation.rows} rows of those trained on (--eval-rows measures on others):\n` +
    table;
}

async function evaluateOn(
  { ranks, args, backend, files, trainer }: PreparedRun,
  share: SaeShare,
  rows: Required<RowRange>,
): Promise<EvaluationReport> {
  const prefixes = evaluationPrefixes(share.sae.prefixes, args.latents);
  const options = { rows, batchRows: args.batch, prefixes };
  if (!ranks.communicator) return evaluateFiles(backend, share.sae, files, options);
  const communicator = await ranks.communicator.split(trainer.replica);
  return await ranks.together(() =>
    evaluateShareOnFiles(backend, share, files, { ...options, communicator })
  );
}
