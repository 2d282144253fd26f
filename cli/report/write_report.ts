/**
 * Leaves a report in a folder. What draws it is loaded only then: charts are no business of other commands.
 *
 * @module
 */
import { writeFileAtomically } from "../../src/io/sources/files.ts";
import type { EvaluationReport } from "../sae/evaluation_report.ts";
import { describeError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { FILES, readRun } from "./run_files.ts";
import type { DemoRun } from "./demo_report.ts";

/** Rows of the training data that tell how active latents are, where none are held out. */
export const SAMPLE_ROWS = 8192;

/** Writes the report of the run in `folder` from its files, and gives its path. */
export async function writeRunReport(folder: string): Promise<string> {
  const { trainingReport } = await import("./training_report.ts");
  return await write(folder, await trainingReport(await readRun(folder)));
}

/** Writes the report of a demo, and gives its path. The folder is made if need be. */
export async function writeDemoReport(folder: string, run: DemoRun): Promise<string> {
  const { demoReport } = await import("./demo_report.ts");
  await Deno.mkdir(folder, { recursive: true });
  return await write(folder, await demoReport(run));
}

async function write(folder: string, page: string): Promise<string> {
  const path = `${folder}/${FILES.report}`;
  await writeFileAtomically(path, new TextEncoder().encode(page));
  return path;
}

/**
 * The report at the end of `train`: `measure` is called where there was no evaluation. No failure ends
 * the command, whose work is saved by then: it is a warning.
 */
export async function reportRun(
  folder: string,
  steps: number,
  measure: (() => Promise<EvaluationReport>) | undefined,
): Promise<void> {
  if (measure) {
    await orWarn("measure how active latents are", async () => {
      const activity = jsonText({ steps, ...await measure() }) + "\n";
      await writeFileAtomically(`${folder}/${FILES.activity}`, new TextEncoder().encode(activity));
    });
  } else await removeStale(folder, FILES.activity);
  const path = await orWarn("write the report", () => writeRunReport(folder));
  if (path !== undefined) console.error(`Wrote ${path}`);
  else await removeStale(folder, FILES.report);
}

/** Without a report: that of a replaced run would tell of another. */
export async function withoutReport(folder: string): Promise<void> {
  await removeStale(folder, FILES.activity);
  await removeStale(folder, FILES.report);
}

/** What `body` gives; or undefined, and a warning of what could not be done. */
export async function orWarn<T>(what: string, body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    console.error(`Warning: Cannot ${what}: ${describeError(error)}`);
  }
}

async function removeStale(folder: string, name: string): Promise<void> {
  try {
    await Deno.remove(`${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    console.error(`Warning: Cannot remove ${folder}/${name}: ${describeError(error)}`);
  }
}
