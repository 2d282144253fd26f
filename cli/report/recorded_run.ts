/**
 * Reads what a training run has left in its folder, for a report.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { isMissing, openFile } from "@matryoshka/sae/files";
import { readSafetensorsHeader, readTensor } from "@matryoshka/sae";
import { RUN_FILES } from "../files/run_folder.ts";
import { describeError } from "../terminal/failure.ts";
import type { EvaluationReport } from "../sae/evaluation.ts";
import { scoped } from "../terminal/scope.ts";
import type { RecordedMetrics } from "../training/recorded_metrics.ts";
import { type DecoderSample, sampledLatents } from "./decoder_sample.ts";
import { metricsOfRecord } from "./metrics.ts";

/** The content of `run.json`, which may have been written by another version, or by hand. */
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
  readonly failed?: boolean;
  readonly warnings?: unknown;
  readonly inputScale?: number;
  readonly seconds?: number;
  readonly rowsPerSecond?: number;
  readonly evaluation?: EvaluationReport;
}

/** An {@linkcode EvaluationReport} on rows that the run was trained on, after `steps` steps. */
export type ActivitySample = EvaluationReport & { readonly steps: number };

/** A run, as its files describe it. */
export interface RecordedRun {
  /** The name of the folder, without the folders that hold it. */
  readonly name: string;
  readonly record: RunRecord;
  readonly metrics: RecordedMetrics[];
  readonly decoder: DecoderSample;
  /** Measured on rows held out, or on a sample of the rows trained on. */
  readonly measured?: EvaluationReport & { readonly heldOut: boolean };
}

/**
 * Reads the folder of a training run.
 *
 * @throws {Error} if a file is missing or cannot be understood; the message names it.
 */
export async function readRun(folder: string): Promise<RecordedRun> {
  const path = `${folder}/${RUN_FILES.record}`;
  const record = await readJson<RunRecord & { history?: unknown }>(path);
  if (record === undefined) {
    throw new Error(
      `Cannot report on ${folder}: it holds no ${RUN_FILES.record}, so it is not a run of train`,
    );
  }
  const { evaluation, steps } = record;
  const activity = evaluation
    ? undefined
    : await readJson<ActivitySample>(`${folder}/${RUN_FILES.activity}`);
  const measured = evaluation
    ? { ...evaluation, heldOut: true }
    : activity?.steps === steps
    ? activity && { ...activity, heldOut: false }
    : undefined; // an earlier run in this folder left it
  return {
    name: folder.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1) || folder,
    record,
    metrics: metricsOfRecord(record.history, path),
    decoder: await readDecoder(`${folder}/${RUN_FILES.sae}`),
    measured,
  };
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    const value = JSON.parse(await readFile(path, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new TypeError("it must be an object");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new TypeError(`Cannot read ${path}: ${describeError(cause)}`, { cause });
  }
}

/** Reads only the rows that are shown: a decoder may have gigabytes. */
function readDecoder(path: string): Promise<DecoderSample> {
  return scoped(async (scope) => {
    const source = scope.use(await openFile(path));
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
  });
}
