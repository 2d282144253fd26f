/**
 * Writes reports. The code that draws charts is imported only here: other commands start faster without it.
 *
 * @module
 */
import { unlink } from "node:fs/promises";
import { makeFolder } from "../files/folders.ts";
import { isMissing, writeFileAtomically } from "@matryoshka/sae/files";
import { RUN_FILES } from "../files/run_folder.ts";
import type { EvaluationReport } from "../sae/evaluation.ts";
import { Ranks } from "../ranks/ranks.ts";
import { describeError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { readRun } from "./recorded_run.ts";
import type { DemoRun } from "./demo_report.ts";

/** Rows of the training data to measure the activity of latents on, if none are held out. */
export const SAMPLE_ROWS = 8192;

/** Writes the report of the run in `folder` from its files, and returns its path. */
export async function writeRunReport(folder: string): Promise<string> {
  const { trainingReport } = await import("./training_report.ts");
  return await write(folder, await trainingReport(await readRun(folder)));
}

/** Writes the report of a demo, making the folder if need be, and returns its path. */
export async function writeDemoReport(folder: string, run: DemoRun): Promise<string> {
  const { demoReport } = await import("./demo_report.ts");
  await makeFolder(folder);
  return await write(folder, await demoReport(run));
}

/** Writes the page that compares the runs in `folders` to a file. */
export async function writeComparison(
  page: string,
  title: string,
  folders: readonly string[],
): Promise<void> {
  const { comparedRun } = await import("./compared_runs.ts");
  const { comparisonReport } = await import("./comparison_report.ts");
  const runs = await Promise.all(folders.map((folder) => comparedRun(folder, page)));
  const text = await comparisonReport(title, runs);
  await writeFileAtomically(page, new TextEncoder().encode(text));
}

async function write(folder: string, page: string): Promise<string> {
  const path = `${folder}/${RUN_FILES.report}`;
  await writeFileAtomically(path, new TextEncoder().encode(page));
  return path;
}

/**
 * Writes the report at the end of `train`; failing to do so is only a warning, since the run is already saved.
 *
 * @param activity How active latents are on rows of training, if the run has no evaluation.
 */
export async function reportRun(
  folder: string,
  steps: number,
  activity: EvaluationReport | undefined,
): Promise<void> {
  if (activity) {
    await orWarn("save how active latents are", async () => {
      const text = jsonText({ steps, ...activity }) + "\n";
      await writeFileAtomically(`${folder}/${RUN_FILES.activity}`, new TextEncoder().encode(text));
    });
  } else await removeStale(folder, RUN_FILES.activity);
  const path = await orWarn("write the report", () => writeRunReport(folder));
  if (path !== undefined) console.error(`Wrote ${path}`);
  else await removeStale(folder, RUN_FILES.report);
}

/** Removes the report of a run that was replaced, which would describe the wrong run. */
export async function withoutReport(folder: string): Promise<void> {
  await removeStale(folder, RUN_FILES.activity);
  await removeStale(folder, RUN_FILES.report);
}

/**
 * Returns the result of `body`; if it fails, warns that `task` could not be done and returns undefined.
 *
 * @param ranks The ranks that do it together; they cannot go on unless it has failed on all of them.
 */
export async function orWarn<T>(
  task: string,
  body: () => Promise<T>,
  ranks: Ranks = new Ranks(),
): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    if (!ranks.isCommon(error)) throw error;
    console.error(`Warning: Cannot ${task}: ${describeError(error)}`);
  }
}

async function removeStale(folder: string, name: string): Promise<void> {
  try {
    await unlink(`${folder}/${name}`);
  } catch (error) {
    if (isMissing(error)) return;
    console.error(`Warning: Cannot remove ${folder}/${name}: ${describeError(error)}`);
  }
}
