/**
 * Saves the result of a training run: a checkpoint if it was interrupted, the autoencoder and the record.
 *
 * @module
 */
import process from "node:process";
import type { Activation, Sae, TrainerOptions } from "@matryoshka/sae";
import { evaluateFiles, evaluationPrefixes, type EvaluationReport } from "../sae/evaluation.ts";
import { describeError } from "../terminal/failure.ts";
import { CREATED_BY, VERSIONS } from "../version.ts";
import type { PreparedRun } from "./preparation.ts";
import type { LoopResult } from "./training_loop.ts";

/** What {@linkcode saveRun} has written. */
export interface SavedRun {
  readonly sae: Sae;
  /** The content of `run.json`, without an evaluation. */
  readonly record: object;
  /** The reason why the run ended before its last step, if it did. */
  readonly stoppedEarly?: string;
  /** Paths of the autoencoder and of the record. */
  readonly paths: readonly string[];
  /** Path of the checkpoint of an interrupted run. */
  readonly checkpoint?: string;
  /** The error that kept that checkpoint from being written. */
  readonly checkpointError?: unknown;
}

/** Saves what was trained so far. */
export async function saveRun(run: PreparedRun, result: LoopResult): Promise<SavedRun> {
  const { args, trainer, earlier, resumed, init, folder } = run;
  const { error, plannedMetrics, metrics, seconds, rowsPerSecond } = result;
  const steps = trainer.stepCount;
  const interrupted = error === undefined && steps < args.steps;
  const stoppedEarly = interrupted
    ? "interrupted"
    : error === undefined
    ? undefined
    : describeError(error);
  // The checkpoint comes first: a run of days can be continued from nothing else.
  const saved = interrupted ? await saveCheckpoint(run, plannedMetrics) : {};
  const sae = await trainedSae(run);
  const record = {
    ...circumstances(run),
    steps,
    stoppedEarly,
    ...(resumed && { resumedAfter: earlier.resumedAfter }),
    ...(init && { startedFrom: { path: init.path, fingerprint: init.fingerprint } }),
    inputScale: sae.inputScale,
    history: metrics,
    seconds: earlier.seconds + seconds,
    rowsPerSecond,
  };
  const paths = await folder.save(sae, record);
  return { sae, record, stoppedEarly, paths, ...saved };
}

/** Saves a checkpoint. If there is no room for it, there may still be room for the autoencoder, a third of it. */
async function saveCheckpoint(
  { checkpoints }: PreparedRun,
  metrics: LoopResult["plannedMetrics"],
): Promise<Pick<SavedRun, "checkpoint" | "checkpointError">> {
  try {
    return { checkpoint: await checkpoints.save(metrics) };
  } catch (checkpointError) {
    return { checkpointError };
  }
}

/** Evaluates a complete run on its `--eval-rows`, if it has any, and adds the evaluation to the record. */
export async function evaluateRun(
  run: PreparedRun,
  { sae, record, stoppedEarly }: SavedRun,
): Promise<EvaluationReport | undefined> {
  if (run.evalRows === undefined || stoppedEarly !== undefined) return undefined;
  const evaluation = await evaluateOn(run, sae, run.evalRows);
  await run.folder.saveRecord({ ...record, evaluation });
  return evaluation;
}

/** Evaluates the autoencoder on rows of the run's files. */
export function evaluateOn(
  { args, backend, files }: PreparedRun,
  sae: Sae,
  rows: { from: number; to: number },
): Promise<EvaluationReport> {
  const prefixes = evaluationPrefixes(sae.prefixes, args.latents);
  return evaluateFiles(backend, sae, files, { rows, batchRows: args.batch, prefixes });
}

async function trainedSae({ args, options, trainer, init }: PreparedRun): Promise<Sae> {
  const { activation = { kind: "relu" } } = options;
  // The thresholds follow the order of the latents, which --permute-every changes.
  const threshold = await trainer.threshold();
  return {
    parameters: await trainer.rawParameters(),
    activation: threshold ? { kind: "jumprelu", threshold } : activation,
    subtractDecoderBias: options.subtractDecoderBias ?? false,
    prefixes: args.prefixes,
    inputScale: await trainer.inputScale(),
    createdBy: CREATED_BY,
    modelName: args.model,
    hookName: args.hook,
    training: {
      preset: args.preset,
      options: recordedOptions(options),
      versions: VERSIONS,
      ...init && { startedFrom: init.fingerprint },
    },
  };
}

/** Returns the options without arrays of the size of the autoencoder: parameters and thresholds to begin with. */
function recordedOptions({ initial: _, activation, ...options }: TrainerOptions) {
  return { ...options, ...activation && { activation: withoutThreshold(activation) } };
}

function withoutThreshold(activation: Activation) {
  return "k" in activation ? activation : { kind: activation.kind };
}

/** Describes the options, the machine and the data. */
function circumstances({ args, options, backend, files }: PreparedRun) {
  const { name, description } = backend;
  return {
    options: { ...args, trainer: recordedOptions(options) },
    environment: {
      backend: { name, description },
      versions: VERSIONS,
      platform: `${process.platform}-${process.arch}`,
      finishedAt: new Date().toISOString(),
    },
    data: files.description,
  };
}
