/**
 * Reads the runs that a comparison shows.
 *
 * @module
 */
import { lstat, readFile, stat } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { failureReason } from "@matryoshka/sae/files";
import { RUN_FILES } from "../files/run_folder.ts";
import { listedRuns } from "../sweep/sweep_folder.ts";
import { readRun } from "./recorded_run.ts";
import { warningsOf } from "./training_report.ts";

/** The FVU and L0 of the first latents of a run. */
export interface PrefixPoint {
  readonly prefix: number;
  readonly fvu: number;
  readonly l0: number;
}

/** A run as a comparison shows it. */
export interface ComparedRun {
  readonly name: string;
  /** Where its own report is, from the page of the comparison. */
  readonly report?: string;
  readonly preset: string;
  readonly latents: number;
  /** What follows the encoder, with the L0 that it was steered to or its k. */
  readonly activation: string;
  readonly target?: number;
  readonly full: PrefixPoint;
  readonly first: PrefixPoint;
  readonly deadLatents: number;
  readonly steps: number;
  readonly seconds: number;
  /** The rows that the figures are of. */
  readonly measuredOn: string;
  readonly failed: boolean;
  readonly warnings: readonly string[];
}

/**
 * Returns the folders of the runs to compare: a folder of a sweep stands for those of its runs.
 *
 * @throws {Error} if one is no finished run; the message says what it lacks.
 */
export async function runFolders(paths: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (const path of paths) {
    const place = path.replace(/(?<=.)[/\\]+$/, "");
    const task = `Cannot compare ${place}`;
    await checkFolder(place, task);
    const listed = await listedRuns(place);
    const own = listed?.map(({ folder }) => `${place}/${folder}`) ?? [place];
    for (const folder of own) {
      const of = folder === place ? task : `${task}: its run ${folder}`;
      await checkRun(folder, folder === place ? `${of}: it` : of);
      folders.push(folder);
    }
  }
  const seen = new Set<string>();
  return folders.filter((folder) => {
    const isNew = !seen.has(resolve(folder));
    seen.add(resolve(folder));
    return isNew;
  });
}

async function checkFolder(path: string, task: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    throw new Error(`${task}: ${failureReason(cause)}`, { cause });
  }
  if (!isFolder) throw new Error(`${task}: it is a file, not the folder of a run or a sweep`);
}

/** Throws unless a folder holds a finished run, or one that has failed. */
async function checkRun(folder: string, subject: string): Promise<void> {
  const path = `${folder}/${RUN_FILES.record}`;
  const has = (name: string) => lstat(`${folder}/${name}`).then(() => true, () => false);
  if (!await has(RUN_FILES.record)) {
    const reason = await has(RUN_FILES.checkpoints)
      ? `is not finished: there are checkpoints but no ${RUN_FILES.record}; --resume continues it`
      : `holds no ${RUN_FILES.record}, so it is not a run of train`;
    throw new Error(`${subject} ${reason}`);
  }
  const { stoppedEarly, steps, options } = await recordOf(path);
  if (stoppedEarly !== "interrupted") return;
  throw new Error(
    `${subject} is not finished: it stopped after step ${steps} of ${options?.steps}; ` +
      "--resume continues it",
  );
}

async function recordOf(path: string) {
  try {
    const record = JSON.parse(await readFile(path, "utf8"));
    if (typeof record === "object" && record !== null) return record;
    throw new TypeError("it must be an object");
  } catch (cause) {
    throw new TypeError(`Cannot read ${path}: ${failureReason(cause)}`, { cause });
  }
}

/** Reads a run for a page that will be at `page`. */
export async function comparedRun(folder: string, page: string): Promise<ComparedRun> {
  const { name, record, metrics, decoder, measured } = await readRun(folder);
  const { options = {}, steps = 0, seconds = 0, failed } = record;
  const last = metrics.at(-1);
  const perPrefix = measured?.perPrefix ?? last?.perPrefix ?? [];
  const nothing = { prefix: decoder.latentCount, fvu: NaN, l0: NaN };
  const point = (each = nothing): PrefixPoint => ({
    prefix: each.prefix,
    fvu: numberOf(each.fvu),
    l0: numberOf(each.l0),
  });
  const { activation } = (options.trainer ?? {}) as { activation?: { kind?: string; k?: number } };
  const hasReport = await lstat(`${folder}/${RUN_FILES.report}`).then(() => true, () => false);
  return {
    name,
    report: hasReport ? addressOf(`${folder}/${RUN_FILES.report}`, page) : undefined,
    preset: typeof options.preset === "string" ? options.preset : "?",
    latents: decoder.latentCount,
    activation: activation?.kind ?? "relu",
    target: [options.targetL0, activation?.k].find((each) => typeof each === "number"),
    full: point(perPrefix.at(-1)),
    first: point(perPrefix[0]),
    deadLatents: numberOf(measured?.deadLatents ?? last?.deadLatents),
    steps,
    seconds,
    measuredOn: measured
      ? `${measured.rows.toLocaleString("en-US")} rows ${
        measured.heldOut ? "held out" : "of training"
      }`
      : "the last batch",
    failed: failed === true,
    warnings: warningsOf(record),
  };
}

// JSON has null in place of values that are not finite.
const numberOf = (value: unknown): number => typeof value === "number" ? value : NaN;

/** Returns the relative address of a file as a page links to it. */
function addressOf(path: string, page: string): string {
  const steps = relative(dirname(resolve(page)), resolve(path)).split(/[/\\]/);
  return steps.map(encodeURIComponent).join("/");
}
