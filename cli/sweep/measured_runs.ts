/**
 * Measures the runs of a sweep on rows that are read once, and writes their reports.
 *
 * @module
 */
import { reportRun, withoutReport } from "../report/write_report.ts";
import { type MeasuredRun, measureRun } from "../training/measured_run.ts";
import { RowsInTurn } from "./rows_in_turn.ts";
import type { EndedRun } from "./train_all.ts";

/** A run that has ended, and what was measured of it. */
export interface FinishedRun extends EndedRun {
  readonly measured?: MeasuredRun;
}

/** Measures all runs that were saved, as `train` does. All of them share one reading of the rows. */
export async function measureAll(ended: readonly EndedRun[]): Promise<FinishedRun[]> {
  // A run that ended early is measured on other rows than the rest.
  const isWhole = ({ saved }: EndedRun) => saved?.stoppedEarly === undefined;
  const groups = [ended.filter(isWhole), ended.filter((each) => !isWhole(each))];
  const finished: FinishedRun[] = [];
  for (const group of groups) finished.push(...await measureGroup(group));
  return ended.map(({ run }) => finished.find((each) => each.run === run)!);
}

async function measureGroup(ended: readonly EndedRun[]): Promise<FinishedRun[]> {
  if (ended.length === 0) return [];
  const rows = new RowsInTurn(ended[0].run.files, ended.length);
  return await Promise.all(ended.map(async (each, index) => {
    const { run, saved } = each;
    try {
      if (saved === undefined || saved.waits) return each;
      return { ...each, measured: await measureRun({ ...run, files: rows.of(index) }, saved) };
    } catch (error) {
      return { ...each, error: each.error ?? error };
    } finally {
      await rows.leave(index);
    }
  }));
}

/** Writes the report of a run that was saved. */
export async function reportOne({ run, saved, measured }: FinishedRun): Promise<void> {
  if (saved === undefined || saved.waits) return;
  const { path } = saved.folder;
  if (!run.args.report) return await withoutReport(path);
  const activity = measured?.heldOut === false ? measured.evaluation : undefined;
  await reportRun(path, run.trainer.stepCount, activity);
}
