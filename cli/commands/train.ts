/**
 * `train`: trains on files of activations, and leaves a folder with the autoencoder, a record and a report.
 *
 * @module
 */
import type { Command } from "commander";
import { reportRun, SAMPLE_ROWS, withoutReport } from "../report/write_report.ts";
import { type EvaluationReport, evaluationText } from "../sae/evaluation.ts";
import { EXIT } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { StopSignal } from "../terminal/stop_signal.ts";
import { duration, formatNumber } from "../terminal/text.ts";
import { type PreparedRun, prepareRun } from "../training/preparation.ts";
import { evaluateOn, evaluateRun, type SavedRun, saveRun } from "../training/saved_run.ts";
import { addTrainOptions, type TrainArguments } from "../training/train_arguments.ts";
import { type LoopResult, trainingLoop } from "../training/training_loop.ts";

const STOP_NOTICE = "Stopping after this step. Press Ctrl-C again to stop at once, without saving.";

/** Adds the command; `finish` receives its exit code. */
export function addTrain(program: Command, finish: (code: number) => void): void {
  addTrainOptions(
    program.command("train"),
    async (args) => finish(await scoped((scope) => train(args, scope))),
  );
}

async function train(args: TrainArguments, scope: Scope): Promise<number> {
  const stop = scope.use(new StopSignal(STOP_NOTICE));
  const run = scope.use(await prepareRun(args));
  const result = await runSteps(run, stop);
  if (result.metrics.length === 0) {
    if (result.error !== undefined) throw result.error;
    console.error("Interrupted before the first step: there is nothing to save.");
    return EXIT.interrupted;
  }
  const saved = await saveRun(run, result);
  // The run is saved: from here on a signal may end the process, even during the evaluation.
  stop[Symbol.dispose]();
  const evaluation = await evaluateRun(run, saved);
  printResult(run, result, saved, evaluation);
  await writeReport(run, saved, evaluation);
  if (result.error !== undefined) throw result.error;
  if (saved.checkpointError !== undefined) throw saved.checkpointError;
  return saved.stoppedEarly === undefined ? EXIT.done : EXIT.interrupted;
}

function runSteps(run: PreparedRun, stop: StopSignal): Promise<LoopResult> {
  const { args, trainer, batches, checkpoints, resumed } = run;
  return trainingLoop(trainer, batches, {
    label: "step",
    steps: args.steps,
    batchRows: args.batch,
    stop,
    metrics: resumed?.metrics,
    afterStep: (step, metrics) => checkpoints.afterStep(step, metrics),
  });
}

function printResult(
  run: PreparedRun,
  result: LoopResult,
  { record, paths, checkpoint, stoppedEarly }: SavedRun,
  evaluation?: EvaluationReport,
): void {
  const { args, trainer } = run;
  if (args.json) console.log(jsonText({ ...record, evaluation }));
  else {
    console.log(summary(run, result));
    if (evaluation) console.log("\n" + evaluationText(evaluation, args.latents));
  }
  const stopped = stoppedEarly === undefined
    ? ""
    : `Stopped after step ${trainer.stepCount} of ${args.steps}. `;
  console.error(`${stopped}Wrote ${paths.join(" and ")}`);
  if (checkpoint === undefined) return;
  console.error(
    `Wrote ${checkpoint}: the same command with --resume ${args.out} continues from there`,
  );
}

function summary(
  { args, backend, trainer }: PreparedRun,
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
    `${rate} rows/s on ${backend.name} (${backend.description})\n` +
    `loss ${loss}, FVU ${fvu}, L0 ${l0}${target}, ${last.deadLatents} of ${latents} latents dead`;
}

/** Writes the report. Without an evaluation it shows how active latents are on a sample of the training rows. */
async function writeReport(
  run: PreparedRun,
  { sae }: SavedRun,
  evaluation?: EvaluationReport,
): Promise<void> {
  const { args, rows, trainer } = run;
  if (!args.report) return await withoutReport(args.out);
  const sample = { from: rows.from, to: Math.min(rows.to, rows.from + SAMPLE_ROWS) };
  const measure = evaluation ? undefined : () => evaluateOn(run, sae, sample);
  await reportRun(args.out, trainer.stepCount, measure);
}
