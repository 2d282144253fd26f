/**
 * `train`: a run on files of activations, and the folder it leaves.
 *
 * @module
 */
import type { Command } from "commander";
import { type Backend, Trainer, type TrainerOptions } from "../../mod.ts";
import type { NativeSae } from "../../src/io/formats/native_layout.ts";
import { ActivationFiles } from "../training/activation_files.ts";
import { CheckpointFolder, isWithin } from "../training/checkpoint_folder.ts";
import { evaluateFiles, evaluationPrefixes, evaluationText } from "../sae/evaluation_report.ts";
import { describeError, EXIT, UsageError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { Interruption } from "../terminal/interruption.ts";
import { openBackend } from "../terminal/options.ts";
import { reportRun, SAMPLE_ROWS, withoutReport } from "../report/write_report.ts";
import { findRun, RunCheckpoints, tellResumed } from "../training/run_checkpoints.ts";
import { RunFolder } from "../training/run_folder.ts";
import { duration, figure } from "../terminal/table.ts";
import { addTrainOptions, type TrainArguments } from "../training/train_options.ts";
import { checkTrainerOptions, trainerOptions } from "../training/train_plan.ts";
import { type LoopResult, trainingLoop } from "../training/training_loop.ts";
import { CREATED_BY, VERSION } from "../version.ts";

/** Of the programs that take part in a run. */
const VERSIONS = { "@matryoshka/sae": VERSION, ...Deno.version };

/** Adds the command; `finish` is told its exit code. */
export function addTrain(program: Command, finish: (code: number) => void): void {
  addTrainOptions(program.command("train"))
    .action(async (args: TrainArguments) => finish(await train(args)));
}

async function train(args: TrainArguments): Promise<number> {
  using interruption = new Interruption();
  await using files = await ActivationFiles.open(args.data, args.tensor);
  const { inputSize } = files.description;
  const options = trainerOptions(args, inputSize);
  checkTrainerOptions(options);
  const rows = files.rows("--rows", args.rows);
  const evalRows = args.evalRows && files.rows("--eval-rows", args.evalRows);
  if (rows.to - rows.from < args.batch) {
    throw new UsageError(
      `Cannot use --batch ${args.batch}: there are ${rows.to - rows.from} rows to train on`,
    );
  }
  if (evalRows && evalRows.from < rows.to && rows.from < evalRows.to) {
    console.error("Note: --eval-rows overlaps the rows to train on; --rows keeps them apart.");
  }
  const resumed = args.resume === undefined
    ? undefined
    : await findRun(args.resume === true ? args.out : args.resume);
  using backend = await openBackend(args);
  using trainer = resumed
    ? await Trainer.resume(backend, options, resumed.checkpoint.trainer)
    : await Trainer.create(backend, options);
  const { shuffleRows: bufferRows, batch: batchRows, seed } = args;
  const shuffle = { rows, batchRows, bufferRows, seed };
  const batches = await files.shuffled(shuffle, resumed?.checkpoint.shuffle);
  // Not before all has been taken as it is: what is there is cleared now, if --force says so. To resume a
  // run is to replace what it has left where it was interrupted.
  const continues = resumed !== undefined && await isWithin(resumed.path, args.out);
  const folder = await RunFolder.open(args.out, args.force || continues);
  const checkpointFolder = await openCheckpoints(args, continues);
  if (resumed) tellResumed(resumed, backend);
  const before = { seconds: resumed?.seconds ?? 0, resumedAfter: resumed?.resumedAfter ?? [] };
  const checkpoints = new RunCheckpoints(checkpointFolder, trainer, batches, {
    every: args.checkpointEvery,
    before,
  });
  const { error, planned, ...result } = await trainingLoop(trainer, batches, {
    label: "step",
    steps: args.steps,
    batchRows,
    interruption,
    history: resumed?.history,
    afterStep: (step, history) => checkpoints.afterStep(step, history),
  });
  const steps = trainer.stepCount;
  if (result.history.length === 0) {
    if (error !== undefined) throw error;
    console.error("Interrupted before the first step: there is nothing to save.");
    return EXIT.interrupted;
  }

  const early = stoppedEarly(error, steps, args.steps);
  // First: it is what a run of days is worth.
  let unsaved: unknown;
  const checkpoint = early !== undefined && error === undefined
    // Where there is no room for it, there may be for the autoencoder, which is a third of it.
    ? await checkpoints.save(planned).catch((caught) => void (unsaved = caught))
    : undefined;
  const sae = await trained(trainer, options, args);
  const run = {
    ...recordOf(args, options, backend, files),
    steps,
    stoppedEarly: early,
    ...(resumed && { resumedAfter: before.resumedAfter }),
    inputScale: sae.inputScale,
    ...result,
    seconds: before.seconds + result.seconds,
  };
  const paths = await folder.save(sae, run);
  // Saved: from here on an interruption may end the process, the evaluation included.
  interruption[Symbol.dispose]();
  const evaluation = evalRows && early === undefined
    ? await evaluateFiles(backend, sae, files, {
      rows: evalRows,
      batchRows: args.batch,
      prefixes: evaluationPrefixes(sae.prefixes, args.latents),
    })
    : undefined;
  if (evaluation) await folder.saveRecord({ ...run, evaluation });

  if (args.json) console.log(jsonText({ ...run, evaluation }));
  else {
    console.log(summary(args, steps, result, backend));
    if (evaluation) console.log("\n" + evaluationText(evaluation, args.latents));
  }
  const stopped = early === undefined ? "" : `Stopped after step ${steps} of ${args.steps}. `;
  console.error(`${stopped}Wrote ${paths.join(" and ")}`);
  if (checkpoint) {
    console.error(
      `Wrote ${checkpoint}: the same command with --resume ${args.out} goes on from there`,
    );
  }
  if (args.report) {
    const sample = { ...rows, to: Math.min(rows.to, rows.from + SAMPLE_ROWS) };
    await reportRun(
      args.out,
      steps,
      evaluation ? undefined : () =>
        evaluateFiles(backend, sae, files, {
          rows: sample,
          batchRows: args.batch,
          prefixes: evaluationPrefixes(sae.prefixes, args.latents),
        }),
    );
  } else await withoutReport(args.out);
  if (error !== undefined) throw error;
  if (unsaved !== undefined) throw unsaved;
  return early === undefined ? EXIT.done : EXIT.interrupted;
}

/** The folder of checkpoints, without remains of killed processes or of a run that is replaced. */
async function openCheckpoints(
  args: TrainArguments,
  continues: boolean,
): Promise<CheckpointFolder> {
  const folder = new CheckpointFolder(args.out, args.keep);
  await folder.cleanUp();
  if (continues || await folder.isEmpty()) return folder;
  if (!args.force) {
    throw new Error(
      `Cannot write a run to ${args.out}: it holds checkpoints of one already; ` +
        "--resume goes on with it, --force replaces it",
    );
  }
  await folder.clear();
  return folder;
}

function stoppedEarly(error: unknown, steps: number, wanted: number): string | undefined {
  if (error !== undefined) return describeError(error);
  return steps < wanted ? "interrupted" : undefined;
}

async function trained(
  trainer: Trainer,
  options: TrainerOptions,
  { preset, prefixes }: TrainArguments,
): Promise<NativeSae> {
  return {
    parameters: await trainer.rawParameters(),
    activation: options.activation ?? { kind: "relu" },
    subtractDecoderBias: options.subtractDecoderBias ?? false,
    prefixes,
    inputScale: await trainer.inputScale(),
    createdBy: CREATED_BY,
    training: { preset, options: { ...options }, versions: VERSIONS },
  };
}

function recordOf(
  args: TrainArguments,
  trainer: TrainerOptions,
  { name, description }: Backend,
  files: ActivationFiles,
) {
  return {
    options: { ...args, trainer },
    environment: {
      backend: { name, description },
      versions: VERSIONS,
      platform: Deno.build.target,
      finishedAt: new Date().toISOString(),
    },
    data: files.description,
  };
}

function summary(
  { batch, latents, targetL0 }: TrainArguments,
  steps: number,
  { history, seconds, rowsPerSecond }: Omit<LoopResult, "error" | "planned">,
  backend: Backend,
): string {
  const first = history[0], last = history.at(-1)!;
  const target = targetL0 === undefined ? "" : ` (target ${targetL0})`;
  return `Trained ${steps} steps of ${batch} rows in ${duration(seconds)}, ` +
    `${
      Math.round(rowsPerSecond).toLocaleString("en-US")
    } rows/s on ${backend.name} (${backend.description})\n` +
    `loss ${figure(first.loss)} → ${figure(last.loss)}, FVU ${
      figure(first.perPrefix.at(-1)!.fvu)
    } → ` +
    `${figure(last.perPrefix.at(-1)!.fvu)}, L0 ${figure(first.l0)} → ${
      figure(last.l0)
    }${target}, ` +
    `${last.deadLatents} of ${latents} latents dead`;
}
