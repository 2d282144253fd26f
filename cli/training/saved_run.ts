/**
 * Saves the result of a training run: a checkpoint if it was interrupted, the autoencoder and the record.
 *
 * @module
 */
import process from "node:process";
import { jumpReluOf, type Sae, type TrainedActivation, type TrainerOptions } from "@matryoshka/sae";
import type { SaeShare } from "@matryoshka/sae/files";
import { describeError } from "../terminal/failure.ts";
import { CREATED_BY, VERSIONS } from "../version.ts";
import { forgetReplaced, holdsGoodRun, openFailedFolder } from "../files/replaced_run.ts";
import { RunFolder } from "../files/run_folder.ts";
import { warningsOf } from "./judged_run.ts";
import { hasFailed, type RunWarning } from "./verdict.ts";
import type { PreparedRun } from "./preparation.ts";
import type { LoopResult } from "./training_loop.ts";

/** What {@linkcode saveRun} has written. */
export interface SavedRun {
  /** The trained latents of this rank: all, unless several ranks share them. */
  readonly share: SaeShare;
  /** The content of `run.json`, without an evaluation. */
  readonly record: object;
  /** What is wrong with a complete run, or one that ended with a loss that is not finite. */
  readonly warnings: readonly RunWarning[];
  /** The folder that holds it: `--out`, or one beside it if a failed run was not to replace a good one. */
  readonly folder: RunFolder;
  /** Whether nothing but a checkpoint was written: the good run in the folder stays until this one is complete. */
  readonly waits?: true;
  /** The reason why the run ended before its last step, if it did. */
  readonly stoppedEarly?: string;
  /** Paths of the autoencoder and of the record. */
  readonly paths: readonly string[];
  /** Path of the checkpoint of an interrupted run. */
  readonly checkpoint?: string;
  /** The error that kept that checkpoint from being written. */
  readonly checkpointError?: unknown;
}

/** Saves what was trained so far. Collective. */
export async function saveRun(run: PreparedRun, result: LoopResult): Promise<SavedRun> {
  const { ranks, args, trainer, earlier, resumed, init } = run;
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
  const share = await ranks.together(() => trainedShare(run));
  const warnings = interrupted ? [] : await warningsOf(run, result, share);
  const failed = error !== undefined || hasFailed(warnings);
  const record = {
    ...circumstances(run),
    steps,
    stoppedEarly,
    warnings,
    ...(failed && { failed }),
    ...(resumed && { resumedAfter: earlier.resumedAfter }),
    ...(init && { startedFrom: { path: init.path, fingerprint: init.fingerprint } }),
    inputScale: share.sae.inputScale,
    history: metrics,
    seconds: earlier.seconds + seconds,
    rowsPerSecond,
  };
  const common = { share, record, warnings, stoppedEarly, ...saved };
  // Further replicas have the same latents.
  const written = trainer.replica === 0 ? share : undefined;
  const replacesGood = !args.forceFailed &&
    await ranks.onFirst(() => holdsGoodRun(args.out, run.continues));
  if (replacesGood && saved.checkpoint !== undefined) {
    return { ...common, folder: run.folder, paths: [], waits: true };
  }
  if (replacesGood && (failed || interrupted)) {
    const startedAfter = run.continues ? resumed?.checkpoint.trainer.step : undefined;
    const path = await ranks.onFirst(async () =>
      (await openFailedFolder(args.out, startedAfter)).path
    );
    const folder = RunFolder.of(path, ranks);
    return { ...common, folder, paths: await folder.save(written, record) };
  }
  // First: a process that is killed here leaves a run that its checkpoints complete, not two mixed ones.
  await ranks.onFirst(() => forgetReplaced(args.out));
  return { ...common, folder: run.folder, paths: await run.folder.save(written, record) };
}

/** Saves a checkpoint. If there is no room for it, there may still be room for the autoencoder, a third of it. */
async function saveCheckpoint(
  { ranks, checkpoints }: PreparedRun,
  metrics: LoopResult["plannedMetrics"],
): Promise<Pick<SavedRun, "checkpoint" | "checkpointError">> {
  try {
    return { checkpoint: await checkpoints.save(metrics) };
  } catch (checkpointError) {
    if (!ranks.isCommon(checkpointError)) throw checkpointError;
    return { checkpointError };
  }
}

async function trainedShare(run: PreparedRun): Promise<SaeShare> {
  const { latents } = run.trainer;
  return { sae: await trainedSae(run), latents, latentCount: run.args.latents };
}

async function trainedSae({ args, options, trainer, init }: PreparedRun): Promise<Sae> {
  const { activation = { kind: "relu" } } = options;
  const sae: Sae = {
    parameters: await trainer.rawParameters(),
    activation: activation.kind === "jumprelu"
      // Training may have moved the thresholds, and they follow the order of the latents.
      ? { kind: "jumprelu", threshold: (await trainer.threshold())! }
      : activation,
    subtractDecoderBias: options.subtractDecoderBias ?? false,
    prefixes: args.prefixes,
    ...options.inputNormalization && { inputNormalization: options.inputNormalization },
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
  if (activation.kind !== "batchtopk") return sae;
  const threshold = await trainer.inferenceThreshold();
  // After a loss that is not finite, the mean may not be either.
  return threshold !== undefined && Number.isFinite(threshold) ? jumpReluOf(sae, threshold) : sae;
}

/**
 * Returns the options without arrays of the size of the autoencoder, parameters and thresholds to begin with, and
 * without screening, so that the files of runs with and without it are the same.
 */
function recordedOptions({ initial: _, screening: __, activation, ...options }: TrainerOptions) {
  return { ...options, ...activation && { activation: withoutThreshold(activation) } };
}

function withoutThreshold(activation: TrainedActivation) {
  return "k" in activation ? activation : { kind: activation.kind };
}

/** Describes the options, the machine and the data. */
function circumstances({ ranks, args, options, backend, files }: PreparedRun) {
  const { name, description } = backend;
  const { communicator, size } = ranks;
  return {
    options: { ...args, trainer: recordedOptions(options) },
    environment: {
      backend: { name, description },
      ...(communicator && {
        ranks: {
          count: size,
          perReplica: args.ranksPerReplica ?? size,
          communicator: communicator.description,
        },
      }),
      versions: VERSIONS,
      platform: `${process.platform}-${process.arch}`,
      finishedAt: new Date().toISOString(),
    },
    data: files.description,
  };
}
