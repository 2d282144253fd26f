/**
 * Opens and checks everything that the runs of a sweep need, before the first step.
 *
 * @module
 */
import { type BatchKinds, type ShuffledActivations, Trainer } from "@matryoshka/sae";
import { listCheckpoints } from "@matryoshka/sae/files";
import { ActivationFiles } from "../files/activation_files.ts";
import { RUN_FILES } from "../files/run_folder.ts";
import { Ranks } from "../ranks/ranks.ts";
import { UsageError } from "../terminal/failure.ts";
import { openBackend } from "../terminal/options.ts";
import type { Scope } from "../terminal/scope.ts";
import { checkScreening } from "../terminal/screening.ts";
import {
  type CheckedOptions,
  checkedOptions,
  checkForceFailed,
  openRunFolder,
  type PreparedRun,
  rowsToUse,
} from "../training/preparation.ts";
import { withFlags } from "../training/resume_flags.ts";
import { printResumed } from "../training/resume_notes.ts";
import { findRun, type ResumedRun } from "../training/run_checkpoints.ts";
import { type Combination, combinationsOf } from "./combinations.ts";
import type { SweepArguments } from "./sweep_arguments.ts";
import { SweepFolder } from "./sweep_folder.ts";

/** A run of a sweep that is ready for its next step. Disposing it frees its trainer. */
export interface SweepRun extends PreparedRun {
  /** The name of the combination. */
  readonly name: string;
}

/** A sweep that is ready for its next step. */
export interface PreparedSweep {
  readonly args: SweepArguments;
  readonly folder: SweepFolder;
  readonly files: ActivationFiles;
  readonly batches: ShuffledActivations<keyof BatchKinds>;
  /** The step after which `batches` begin: the least of all runs, some of which may be ahead. */
  readonly firstStep: number;
  /** The runs to train, in the order of their options. */
  readonly runs: readonly SweepRun[];
}

/** A run of which the options are known, and the checkpoint to continue from. */
interface PlannedRun extends CheckedOptions, Pick<Combination, "name"> {
  readonly resumed?: ResumedRun;
}

/**
 * Prepares the sweep that the arguments describe. Its folder is touched last, when everything else has been accepted.
 *
 * @param opened Takes over what is opened, the trainers included.
 */
export async function prepareSweep(args: SweepArguments, opened: Scope): Promise<PreparedSweep> {
  checkForceFailed(args);
  const ranks = new Ranks();
  const folder = await SweepFolder.find(args.out, {
    resume: args.resume ?? false,
    force: args.force,
  });
  const files = opened.use(await ActivationFiles.open(args.data, args.tensor));
  const combinations = combinationsOf(args, files.description.inputSize);
  const all = combinations.map((each) => withOptions(each, files.description.inputSize));
  const { rows, evalRows } = rowsToUse(files, args);
  const planned = await withCheckpoints(all, folder, args);
  const backend = opened.use(await openBackend(args));
  checkScreening(args.screening, backend);
  const { shuffleRows: bufferRows, batch: batchRows, seed } = args;
  const shuffle = { rows, batchRows, bufferRows, seed };
  const first = planned.toSorted((a, b) => stepOf(a) - stepOf(b))[0]?.resumed;
  const batches = await resuming(
    first,
    () => files.shuffled(shuffle, first?.checkpoint.shuffle),
  );
  const trained: [PlannedRun, Trainer, AsyncDisposable][] = [];
  for (const each of planned) {
    const state = each.resumed?.checkpoint.trainer;
    const trainer = await resuming(
      each.resumed,
      () =>
        state ? Trainer.resume(backend, each.asked, state) : Trainer.create(backend, each.asked),
    );
    const resumed = each.resumed && withoutTensors(each.resumed);
    trained.push([{ ...each, resumed }, trainer, opened.use(freeing(trainer))]);
  }
  await folder.list(combinations.map(({ name }) => name));
  const runs: SweepRun[] = [];
  for (const [{ name, args, asked: options, checked, resumed }, trainer, free] of trained) {
    const parts = { ranks, args, trainer, batches, resumed };
    // A sweep that was killed before the first checkpoint of a run may have left half of the run.
    const opening = { ...parts, args: { ...args, force: args.force || folder.isContinued } };
    const open = await openRunFolder(opening);
    if (resumed) printResumed(resumed, backend, args.steps);
    const settings = resumed?.checkpoint.trainer.options ?? checked;
    const read = { files, rows, evalRows, backend };
    runs.push({ name, ...parts, ...open, ...read, options, settings, ...free });
  }
  const firstStep = first?.checkpoint.trainer.step ?? 0;
  return { args, folder, files, batches, firstStep, runs };
}

/** Returns a run without the numbers that its trainer has taken over: those of all runs would fill memory. */
function withoutTensors(resumed: ResumedRun): ResumedRun {
  const { checkpoint } = resumed;
  return {
    ...resumed,
    checkpoint: { ...checkpoint, trainer: { ...checkpoint.trainer, tensors: {} } },
  };
}

/** Returns what frees a trainer, once: a run that has ended makes room before the others do. */
function freeing(trainer: Trainer): AsyncDisposable {
  let isFree = false;
  return {
    [Symbol.asyncDispose]: () => {
      if (!isFree) trainer[Symbol.dispose]();
      isFree = true;
      return Promise.resolve();
    },
  };
}

const stepOf = ({ resumed }: PlannedRun): number => resumed?.checkpoint.trainer.step ?? 0;

const resuming = <T>(resumed: ResumedRun | undefined, resume: () => Promise<T>): Promise<T> =>
  resumed ? withFlags(resumed.path, resume) : resume();

/** Checks the options of a run; an error names it. */
function withOptions(each: Combination, inputSize: number): PlannedRun {
  try {
    return { name: each.name, ...checkedOptions(each.args, inputSize) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // A sweep gives k as the L0 to compare at.
    const message = error.message.replaceAll(/--k\b/g, "--target-l0");
    throw new UsageError(`${message} (run ${each.name})`, { cause: error });
  }
}

/** Finds the checkpoints to continue from, and leaves out runs that have failed for good. */
async function withCheckpoints(
  all: readonly PlannedRun[],
  folder: SweepFolder,
  { resume }: SweepArguments,
): Promise<PlannedRun[]> {
  if (!resume) {
    await folder.checkFree(all.map(({ name }) => name));
    return [...all];
  }
  const planned: PlannedRun[] = [];
  for (const each of all) {
    const listed = folder.runs.find(({ name }) => name === each.name);
    if (listed?.failed) {
      console.error(
        `Run ${each.name} has failed and is not continued; see ${listed.folder}/run.json`,
      );
      continue;
    }
    const { out } = each.args;
    const begun = (await listCheckpoints(`${out}/${RUN_FILES.checkpoints}`)).length > 0;
    const resumed = begun ? await findRun(out) : undefined;
    planned.push({ ...each, args: { ...each.args, ...originOf(each, resumed) }, resumed });
  }
  const isNew = planned.filter(({ resumed }) => resumed === undefined);
  if (planned.length > 0 && isNew.length === planned.length) {
    throw new Error(
      `Cannot resume the sweep in ${folder.path}: none of its runs has a checkpoint; ` +
        "--checkpoint-every saves them, --force begins anew",
    );
  }
  for (const { name } of isNew) {
    console.error(`Run ${name} begins with step 1: it has no checkpoint`);
  }
  return planned;
}

/** Returns the origin of the activations, by default that in the checkpoint. */
const originOf = (
  { args: { model, hook } }: PlannedRun,
  resumed?: ResumedRun,
) => ({ model: model ?? resumed?.model, hook: hook ?? resumed?.hook });
