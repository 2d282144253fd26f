/**
 * Opens and checks everything that a training run needs, before its first step.
 *
 * @module
 */
import {
  type Backend,
  type BatchKinds,
  checkTrainerOptions,
  type RowRange,
  type ShuffledActivations,
  Trainer,
  type TrainerOptions,
} from "@matryoshka/sae";
import { ActivationFiles } from "../files/activation_files.ts";
import { CheckpointFolder, isWithin } from "../files/checkpoint_folder.ts";
import { RunFolder } from "../files/run_folder.ts";
import { asUsage, UsageError } from "../terminal/failure.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { openBackend } from "../terminal/options.ts";
import {
  type EarlierParts,
  findRun,
  printResumed,
  type ResumedRun,
  RunCheckpoints,
} from "./run_checkpoints.ts";
import type { TrainArguments } from "./train_arguments.ts";
import { trainerOptions } from "./trainer_options.ts";

/** A run that is ready for its next step. */
export interface PreparedRun extends AsyncDisposable {
  readonly args: TrainArguments;
  readonly options: TrainerOptions;
  readonly files: ActivationFiles;
  /** The rows to train on. */
  readonly rows: Required<RowRange>;
  /** The rows to evaluate on, if any. */
  readonly evalRows?: Required<RowRange>;
  readonly backend: Backend;
  readonly trainer: Trainer;
  readonly batches: ShuffledActivations<keyof BatchKinds>;
  readonly folder: RunFolder;
  readonly checkpoints: RunCheckpoints;
  readonly earlier: EarlierParts;
  /** The checkpoint that the run continues from, if any. */
  readonly resumed?: ResumedRun;
}

/**
 * Prepares the run that the arguments describe. The folder of the run is touched last, when everything else has
 * been accepted: `--force` clears it.
 */
export function prepareRun(args: TrainArguments): Promise<PreparedRun> {
  return scoped((scope) => prepared(args, scope));
}

async function prepared(args: TrainArguments, opened: Scope): Promise<PreparedRun> {
  const files = opened.use(await ActivationFiles.open(args.data, args.tensor));
  const options = trainerOptions(args, files.description.inputSize);
  asUsage(() => checkTrainerOptions(options));
  const { rows, evalRows } = rowsOf(files, args);
  const resumed = args.resume === undefined
    ? undefined
    : await findRun(args.resume === true ? args.out : args.resume);
  const backend = opened.use(await openBackend(args));
  const trainer = opened.use(
    resumed
      ? await Trainer.resume(backend, options, resumed.checkpoint.trainer)
      : await Trainer.create(backend, options),
  );
  const { shuffleRows: bufferRows, batch: batchRows, seed } = args;
  const shuffle = { rows, batchRows, bufferRows, seed };
  const batches = await files.shuffled(shuffle, resumed?.checkpoint.shuffle);
  // A resumed run replaces what it left when it was interrupted, without --force.
  const continues = resumed !== undefined && await isWithin(resumed.path, args.out);
  const folder = await RunFolder.open(args.out, args.force || continues);
  const checkpointFolder = await openCheckpoints(args, continues);
  if (resumed) printResumed(resumed, backend);
  const earlier = { seconds: resumed?.seconds ?? 0, resumedAfter: resumed?.resumedAfter ?? [] };
  const every = args.checkpointEvery;
  const checkpoints = new RunCheckpoints(checkpointFolder, trainer, batches, { every, earlier });
  const open = opened.move();
  return {
    args,
    options,
    files,
    rows,
    evalRows,
    backend,
    trainer,
    batches,
    folder,
    checkpoints,
    earlier,
    resumed,
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

function rowsOf(files: ActivationFiles, args: TrainArguments) {
  const rows = files.rows("--rows", args.rows);
  const evalRows = args.evalRows && files.rows("--eval-rows", args.evalRows);
  const count = rows.to - rows.from;
  if (count < args.batch) {
    throw new UsageError(`Cannot use --batch ${args.batch}: there are ${count} rows to train on`);
  }
  if (evalRows && evalRows.from < rows.to && rows.from < evalRows.to) {
    console.error("Note: --eval-rows overlaps the rows to train on; --rows keeps them apart.");
  }
  return { rows, evalRows };
}

/** Opens the folder of checkpoints, without what killed processes or a replaced run have left. */
async function openCheckpoints(
  args: TrainArguments,
  continues: boolean,
): Promise<CheckpointFolder> {
  const folder = new CheckpointFolder(args.out, args.keep);
  await folder.cleanUp();
  if (continues || await folder.isEmpty()) return folder;
  if (!args.force) {
    throw new Error(
      `Cannot write a run to ${args.out}: it holds checkpoints of another run; ` +
        "--resume continues that run, --force replaces it",
    );
  }
  await folder.clear();
  return folder;
}
