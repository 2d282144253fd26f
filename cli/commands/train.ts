/**
 * `train`: trains on files of activations, and leaves a folder with the autoencoder, a record and a report.
 *
 * @module
 */
import type { Command } from "commander";
import type { StepMetrics } from "@matryoshka/sae";
import { putCheckpointsBack } from "../files/replaced_run.ts";
import { reportRun, withoutReport } from "../report/write_report.ts";
import { overRanks } from "../ranks/connection.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { EXIT } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { StopSignal } from "../terminal/stop_signal.ts";
import { duration, formatNumber } from "../terminal/text.ts";
import { type PreparedRun, prepareRun } from "../training/preparation.ts";
import { type MeasuredRun, measuredText, measureRun } from "../training/measured_run.ts";
import { referencePrefixReader } from "../training/reference_prefixes.ts";
import { type SavedRun, saveRun } from "../training/saved_run.ts";
import { deadAfterSteps, deadText } from "../training/verdict.ts";
import { addTrainOptions, type GivenArguments } from "../training/train_arguments.ts";
import { type LoopResult, trainingLoop } from "../training/training_loop.ts";

const STOP_NOTICE = "Stopping after this step. Press Ctrl-C again to stop at once, without saving.";

/** Adds the command; `finish` receives its exit code. */
export function addTrain(program: Command, finish: (code: number) => void): void {
  addTrainOptions(
    program.command("train"),
    async (args) =>
      finish(await overRanks(args.mpi, (ranks) => scoped((scope) => train(args, ranks, scope)))),
  );
}

async function train(given: GivenArguments, ranks: Ranks, scope: Scope): Promise<number> {
  const stop = scope.use(new StopSignal(STOP_NOTICE, given.mpi ? ["SIGUSR2"] : []));
  const run = scope.use(await prepareRun(given, ranks));
  const result = await runSteps(run, stop);
  if (result.metrics.length === 0) {
    await ranks.onFirst(() => putCheckpointsBack(given.out));
    if (result.error !== undefined) throw result.error;
    console.error("Interrupted before the first step: there is nothing to save.");
    return EXIT.interrupted;
  }
  const saved = await saveRun(run, result);
  // The run is saved: from here on a signal may end the process, even during the evaluation.
  stop[Symbol.dispose]();
  if (saved.waits) {
    printWaiting(run, saved);
    return EXIT.interrupted;
  }
  const measured = await measureRun(run, saved);
  printResult(run, result, saved, measured);
  await ranks.onFirst(() => writeReport(run, saved, measured));
  if (result.error !== undefined) throw result.error;
  if (saved.checkpointError !== undefined) throw saved.checkpointError;
  if (saved.stoppedEarly !== undefined) return EXIT.interrupted;
  return given.strict && saved.warnings.length > 0 ? EXIT.failed : EXIT.done;
}

async function runSteps(run: PreparedRun, stop: StopSignal): Promise<LoopResult> {
  const { ranks, args, trainer, batches, checkpoints, resumed } = run;
  return await trainingLoop(trainer, batches, {
    label: "step",
    steps: args.steps,
    batchRows: args.batch,
    stop,
    ranks,
    metrics: resumed?.metrics,
    readPrefixes: await referencePrefixReader(run),
    afterStep: (step, metrics) => checkpoints.afterStep(step, metrics),
  });
}

function printWaiting({ args, trainer }: PreparedRun, { checkpoint }: SavedRun): void {
  console.error(
    `Stopped after step ${trainer.stepCount} of ${args.steps}. The run in ${args.out} stays until ` +
      `this one is complete: the same command with --resume ${args.out} continues from ${checkpoint}`,
  );
}

function printResult(
  run: PreparedRun,
  result: LoopResult,
  { record, folder, paths, warnings, checkpoint, stoppedEarly }: SavedRun,
  measured?: MeasuredRun,
): void {
  const { args, trainer } = run;
  const evaluation = measured?.heldOut ? measured.evaluation : undefined;
  if (args.json) console.log(jsonText({ ...record, evaluation }));
  else {
    console.log(summary(run, result));
    if (measured) console.log("\n" + measuredText(measured, args.latents));
  }
  for (const { message } of warnings) console.error(`Warning: ${message}`);
  const stopped = stoppedEarly === undefined
    ? ""
    : `Stopped after step ${trainer.stepCount} of ${args.steps}. `;
  console.error(`${stopped}Wrote ${paths.join(" and ")}`);
  if (folder !== run.folder) {
    console.error(`The run in ${args.out} stays: this one failed. --force-failed replaces it`);
  }
  if (checkpoint === undefined) return;
  console.error(
    `Wrote ${checkpoint}: the same command with --resume ${args.out} continues from there`,
  );
}

function summary(
  { args, settings, backend, trainer }: PreparedRun,
  { metrics, seconds, rowsPerSecond }: LoopResult,
): string {
  const first = metrics[0];
  const last = metrics.at(-1)!;
  const { batch, latents, targetL0 } = args;
  const change = (from: number, to: number) => `${formatNumber(from)} → ${formatNumber(to)}`;
  const rate = Math.round(rowsPerSecond).toLocaleString("en-US");
  const loss = change(first.loss, last.loss);
  const fvu = change(first.perPrefix.at(-1)!.fvu, last.perPrefix.at(-1)!.fvu);
  const l0 = change(first.l0, last.l0);
  const target = targetL0 === undefined ? "" : ` (target ${targetL0})`;
  return `Trained ${trainer.stepCount} steps of ${batch} rows in ${duration(seconds)}, ` +
    `${rate} rows/s on ${backend.name} (${backend.description}), ${encodeText(last)}\n` +
    `loss ${loss}, FVU ${fvu}, L0 ${l0}${target}, ${
      deadText(last, latents, deadAfterSteps(settings, batch))
    }`;
}

/** Says how the last step encoded. */
function encodeText({ screening }: StepMetrics): string {
  if (screening === undefined) return "encode plain";
  return `encode screened (${formatNumber(screening.candidates)} candidates per row)`;
}

/** Writes the report. Without an evaluation it shows how active latents are on rows of training. */
async function writeReport(
  { args, trainer }: PreparedRun,
  { folder }: SavedRun,
  measured?: MeasuredRun,
): Promise<void> {
  if (!args.report) return await withoutReport(folder.path);
  const activity = measured?.heldOut === false ? measured.evaluation : undefined;
  await reportRun(folder.path, trainer.stepCount, activity);
}
