/**
 * Opens and checks everything that a training run needs, before its first step.
 *
 * @module
 */
import {
  type Backend,
  type BatchKinds,
  checkTrainerOptions,
  type OptionsRecord,
  type RowRange,
  type ShuffledActivations,
  Trainer,
  type TrainerOptions,
} from "@matryoshka/sae";
import { ActivationFiles } from "../files/activation_files.ts";
import { CheckpointFolder, isWithin } from "../files/checkpoint_folder.ts";
import { holdsGoodRun, putCheckpointsBack, setCheckpointsAside } from "../files/replaced_run.ts";
import { RunFolder } from "../files/run_folder.ts";
import { communicationOf, type RunCommunication } from "../ranks/communication.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { byFlags, checkSame } from "../ranks/same_on_all.ts";
import { UsageError } from "../terminal/failure.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { openBackend } from "../terminal/options.ts";
import { checkScreening } from "../terminal/screening.ts";
import { type EarlierParts, findRun, type ResumedRun, RunCheckpoints } from "./run_checkpoints.ts";
import { thereAre } from "../terminal/text.ts";
import { VERSIONS } from "../version.ts";
import {
  completeArguments,
  initialParametersOf,
  type InitialSae,
  printInit,
  readInitialSae,
  trainedFunction,
} from "./initial_sae.ts";
import { presetNote } from "./chosen_preset.ts";
import { asTrainUsage } from "./option_errors.ts";
import { optionsToResume } from "./planned_options.ts";
import { printResumed } from "./resume_notes.ts";
import { withFlags } from "./resume_flags.ts";
import type { CompletedArguments, GivenArguments, TrainArguments } from "./train_arguments.ts";
import { trainerOptions } from "./trainer_options.ts";

/** The task in errors. */
const TASK = "train";

/** A run that is ready for its next step. */
export interface PreparedRun extends AsyncDisposable {
  /** The ranks that train together; alone, this process is the only one. */
  readonly ranks: Ranks;
  readonly args: TrainArguments;
  readonly options: TrainerOptions;
  /** The options with the defaults filled in. */
  readonly settings: OptionsRecord;
  readonly files: Pick<ActivationFiles, "description" | "inOrder">;
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
  /** Whether the run continues the one in its folder. */
  readonly continues: boolean;
  /** The checkpoint that the run continues from, if any. */
  readonly resumed?: ResumedRun;
  /** The autoencoder that the run began with, if it did not begin with random parameters. */
  readonly init?: InitialSae;
}

/**
 * Prepares the run that the arguments describe. The folder of the run is touched last, when everything else has
 * been accepted: `--force` clears it.
 *
 * @throws {Error} on all ranks if one cannot take part, or has other options, data or versions than rank 0.
 */
export function prepareRun(given: GivenArguments, ranks: Ranks): Promise<PreparedRun> {
  return scoped((scope) => prepared(given, ranks, scope));
}

async function prepared(
  given: GivenArguments,
  ranks: Ranks,
  opened: Scope,
): Promise<PreparedRun> {
  await checkSame(ranks, {
    ...byFlags({ ...given, threads: undefined }),
    versions: VERSIONS,
  }, TASK);
  const note = presetNote(given);
  if (note !== undefined) await ranks.onFirst(() => Promise.resolve(console.error(note)));
  const input = await ranks.together(() => openInput(given, ranks, opened));
  const { complete, init, files, checked, communication } = input;
  await checkSame(ranks, {
    data: files.description,
    "the autoencoder of --init": init?.fingerprint,
  }, TASK);
  const { resume, out } = complete;
  const from = resume === true ? out : resume;
  // A run that was to replace another one may have been killed before its first checkpoint.
  if (from !== undefined) await ranks.onFirst(() => putCheckpointsBack(from));
  const resumed = from === undefined
    ? undefined
    : await ranks.together(() => findRun(from, { init, ranks, latents: communication?.latents }));
  const { model = resumed?.model, hook = resumed?.hook } = complete;
  const args = { ...complete, model, hook };
  const resuming = <T>(resume: () => Promise<T>) =>
    ranks.together(() => resumed ? withFlags(resumed.path, resume) : resume());
  const backend = await ranks.together(async () => {
    const backend = opened.use(await openBackend(args));
    checkScreening(args.screening, backend);
    return backend;
  });
  const saved = resumed?.checkpoint.trainer.options;
  const asked = saved === undefined
    ? input.options
    : optionsToResume(args, input.options, saved, init && trainedFunction(init.sae));
  const options = { ...asked, ...communication?.options };
  const trainer = opened.use(
    await resuming(() =>
      resumed
        ? Trainer.resume(backend, options, resumed.checkpoint.trainer)
        : Trainer.create(backend, options)
    ),
  );
  const { shuffleRows: bufferRows, batch: batchRows, seed } = args;
  const { rows, evalRows } = input;
  const shuffle = { rows, batchRows, bufferRows, seed };
  const batches = await resuming(() => files.shuffled(shuffle, resumed?.checkpoint.shuffle));
  const { held: _, ...position } = batches.state();
  await checkSame(ranks, { backend: backendOf(backend), data: position }, TASK);
  const parts = { ranks, args, trainer, batches, init, resumed };
  const opening = await openRunFolder(parts);
  if (init) printInit(init, given);
  if (resumed) printResumed(resumed, backend, args.steps);
  const open = opened.move();
  return {
    ...parts,
    ...opening,
    options: input.options,
    settings: resumed?.checkpoint.trainer.options ?? checked,
    files,
    rows,
    evalRows,
    backend,
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** What the folder of a run depends on. */
type FolderParts = Pick<
  PreparedRun,
  "ranks" | "args" | "trainer" | "batches" | "init" | "resumed"
>;

/** Opens the folder of a run and that of its checkpoints, which `--force` clears. Collective. */
export async function openRunFolder(
  { ranks, args, trainer, batches, init, resumed }: FolderParts,
): Promise<Pick<PreparedRun, "folder" | "checkpoints" | "earlier" | "continues">> {
  // A resumed run replaces what it left when it was interrupted, without --force.
  const continues = resumed !== undefined &&
    await ranks.onFirst(() => isWithin(resumed.path, args.out));
  const folder = await RunFolder.open(args.out, args.force || continues, ranks);
  const isExtended = continues && args.steps > Number(resumed.checkpoint.trainer.options.steps);
  const protectedStep = isExtended ? resumed.checkpoint.trainer.step : undefined;
  const checkpointFolder = new CheckpointFolder(args.out, {
    keep: args.keep,
    protectedStep,
    ranks,
  });
  await ranks.onFirst(() => clearCheckpoints(checkpointFolder, args, continues));
  const earlier = { seconds: resumed?.seconds ?? 0, resumedAfter: resumed?.resumedAfter ?? [] };
  const { checkpointEvery: every, steps, model, hook } = args;
  const checkpoints = new RunCheckpoints(checkpointFolder, trainer, batches, {
    ranks,
    every,
    steps,
    earlier,
    origin: { startedFrom: init?.fingerprint, model, hook },
  });
  return { folder, checkpoints, earlier, continues };
}

/** The arguments of a run and the options of its trainer, as asked for and with the defaults filled in. */
export interface CheckedOptions {
  readonly args: TrainArguments;
  readonly asked: TrainerOptions;
  readonly checked: OptionsRecord;
}

/** What a run reads, and the options that follow from it. */
interface RunInput extends Pick<CheckedOptions, "checked"> {
  readonly complete: TrainArguments;
  readonly init?: InitialSae;
  readonly files: ActivationFiles;
  readonly rows: Required<RowRange>;
  readonly evalRows?: Required<RowRange>;
  readonly options: TrainerOptions;
  readonly communication?: RunCommunication;
}

/** Opens the files, and checks the options, as far as this rank can do it by itself. */
async function openInput(given: GivenArguments, ranks: Ranks, opened: Scope): Promise<RunInput> {
  checkForceFailed(given);
  const init = given.init === undefined ? undefined : await readInitialSae(given.init, given.out);
  const completed = completeArguments(given, init);
  const communication = communicationOf(ranks, completed);
  const files = opened.use(await ActivationFiles.open(completed.data, completed.tensor));
  const { inputSize } = files.description;
  const { args: complete, asked, checked } = checkedOptions(completed, inputSize, init?.sae);
  const { rows, evalRows } = rowsToUse(files, complete);
  const options = {
    ...asked,
    ...init && await initialParametersOf(init, files, rows, asked.inputScaling),
  };
  return { complete, init, files, rows, evalRows, options, checked, communication };
}

/** Throws if `--force-failed` is given without what it is about. */
export function checkForceFailed(
  { forceFailed, force, resume }: Pick<GivenArguments, "forceFailed" | "force" | "resume">,
): void {
  if (!forceFailed || force || resume !== undefined) return;
  throw new UsageError("Cannot use --force-failed: it needs --force or --resume");
}

/** Returns the options of the trainer; an error about one of them names its flag. */
export function checkedOptions(
  args: CompletedArguments,
  inputSize: number,
  from?: InitialSae["sae"],
): CheckedOptions {
  const asked = asTrainUsage(() => trainerOptions(args, inputSize, from && trainedFunction(from)));
  const checked = asTrainUsage(() => checkTrainerOptions(asked));
  return { args: withPrefixes(args, asked), asked, checked };
}

/** Returns the arguments, with the preset's prefixes where none are given. */
function withPrefixes(completed: CompletedArguments, asked: TrainerOptions): TrainArguments {
  const { prefixes = Array.from(asked.prefixes ?? [completed.latents]) } = completed;
  return { ...completed, prefixes };
}

/** Names a backend as far as its results depend on it: the number of threads may differ between hosts. */
const backendOf = ({ name, description }: Backend): string =>
  `${name} (${description.replace(/, \d+ threads?/, "")})`;

/** Returns the rows to train on and those to evaluate on, if any; prints a note if they overlap. */
export function rowsToUse(
  files: ActivationFiles,
  args: Pick<TrainArguments, "rows" | "evalRows" | "batch">,
): Pick<PreparedRun, "rows" | "evalRows"> {
  const rows = files.rows("--rows", args.rows);
  const evalRows = args.evalRows && files.rows("--eval-rows", args.evalRows);
  const count = rows.to - rows.from;
  if (count < args.batch) {
    const available = thereAre(count, "row");
    throw new UsageError(`Cannot use --batch ${args.batch}: ${available} to train on`);
  }
  if (evalRows && evalRows.from < rows.to && rows.from < evalRows.to) {
    console.error("Note: --eval-rows overlaps the rows to train on; --rows keeps them apart.");
  }
  return { rows, evalRows };
}

/** Clears the folder of checkpoints of what killed processes or a replaced run have left. */
async function clearCheckpoints(
  folder: CheckpointFolder,
  { out, force }: TrainArguments,
  continues: boolean,
): Promise<void> {
  await folder.cleanUp();
  if (continues || await folder.isEmpty()) return;
  if (!force) {
    throw new Error(
      `Cannot write a run to ${out}: it holds checkpoints of another run; ` +
        "--resume continues that run, --force replaces it",
    );
  }
  if (await holdsGoodRun(out)) await setCheckpointsAside(out);
  else await folder.clear();
}
