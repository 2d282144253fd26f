/**
 * What a training run has left in its folder, read for a report.
 *
 * @module
 */
import { openFile } from "../../src/io/sources/files.ts";
import { readSafetensorsHeader, readTensor } from "../../src/io/arrays/safetensors.ts";
import type { EvaluationReport } from "../sae/evaluation_report.ts";
import { type DecoderSample, sampledLatents } from "./decoder_sample.ts";
import { type Reading, readingsOfLines, readingsOfRecord } from "./history.ts";

/** What `run.json` says. It may have been written by another version, or by hand. */
export interface RunRecord {
  readonly options?: Record<string, unknown> & { trainer?: Record<string, unknown> };
  readonly environment?: {
    readonly backend?: { name?: string; description?: string };
    readonly versions?: Record<string, string>;
    readonly platform?: string;
    readonly finishedAt?: string;
  };
  readonly data?: Record<string, unknown>;
  readonly steps?: number;
  readonly stoppedEarly?: string;
  readonly inputScale?: number;
  readonly seconds?: number;
  readonly rowsPerSecond?: number;
  readonly evaluation?: EvaluationReport;
}

/** What {@linkcode EvaluationReport} says of rows that the run was trained on. */
export type ActivitySample = EvaluationReport & { readonly steps: number };

/** A run, as its files tell it. */
export interface RunFiles {
  /** The folder's own name. */
  readonly name: string;
  readonly record: RunRecord;
  readonly readings: Reading[];
  readonly decoder: DecoderSample;
  /** Measured on rows held back, or on a sample of those trained on. */
  readonly measured?: EvaluationReport & { readonly heldOut: boolean };
}

/** The files of a run's folder. */
export const FILES = {
  sae: "sae.safetensors",
  record: "run.json",
  log: "metrics.jsonl",
  activity: "activity.json",
  report: "report.html",
} as const;

/**
 * Reads the folder that `train` has left.
 *
 * @throws {Error} naming the file that is missing or cannot be understood.
 */
export async function readRun(folder: string): Promise<RunFiles> {
  const path = `${folder}/${FILES.record}`;
  const record = await readJson<RunRecord & { history?: unknown }>(path);
  if (record === undefined) {
    throw new Error(`Cannot report on ${folder}: it holds no ${FILES.record}, so no run of train`);
  }
  const { evaluation, steps } = record;
  const activity = evaluation
    ? undefined
    : await readJson<ActivitySample>(`${folder}/${FILES.activity}`);
  const measured = evaluation
    ? { ...evaluation, heldOut: true }
    : activity?.steps === steps
    ? activity && { ...activity, heldOut: false }
    : undefined; // of an earlier run in this folder
  return {
    name: folder.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1) || folder,
    record,
    readings: await readLog(`${folder}/${FILES.log}`) ?? readingsOfRecord(record.history, path),
    decoder: await readDecoder(`${folder}/${FILES.sae}`),
    measured,
  };
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    const value = JSON.parse(await Deno.readTextFile(path));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new TypeError("it must be an object");
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new TypeError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function readLog(path: string): Promise<Reading[] | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const readings = await readingsOfLines(lines(file.readable), path);
  return readings.length > 0 ? readings : undefined;
}

/** The lines of a text, without holding it all. */
async function* lines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}

/** Only the rows that are shown: a decoder may have gigabytes. */
async function readDecoder(path: string): Promise<DecoderSample> {
  await using source = await openFile(path);
  const header = await readSafetensorsHeader(source);
  const [latentCount, inputSize] = header.tensors.get("decoder")?.shape ?? [];
  if (!(latentCount > 0 && inputSize > 0)) {
    throw new RangeError(`Cannot read ${path}: it lacks the tensor "decoder" of shape [N, d]`);
  }
  const latents = sampledLatents(latentCount), rows: Float32Array[] = [];
  for (const i of latents) {
    rows.push(await readTensor(source, header, "decoder", { from: i, to: i + 1 }));
  }
  return { latentCount, latents, rows };
}
