/**
 * `sweep`: trains several autoencoders on one stream of activations, and compares them.
 *
 * @module
 */
import type { Command } from "commander";
import { RUN_FILES } from "../files/run_folder.ts";
import { orWarn, writeComparison } from "../report/write_report.ts";
import { measureAll, reportOne } from "../sweep/measured_runs.ts";
import { prepareSweep } from "../sweep/preparation.ts";
import { printErrors, printSweep } from "../sweep/summary.ts";
import { addSweepOptions, type SweepArguments } from "../sweep/sweep_arguments.ts";
import { type SweepFolder, writtenRuns } from "../sweep/sweep_folder.ts";
import { type EndedRun, trainAll } from "../sweep/train_all.ts";
import { EXIT } from "../terminal/failure.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { StopSignal } from "../terminal/stop_signal.ts";

const STOP_NOTICE =
  "Stopping after this step of all runs. Press Ctrl-C again to stop at once, without saving.";

/** Adds the command; `finish` receives its exit code. */
export function addSweep(program: Command, finish: (code: number) => void): void {
  addSweepOptions(
    program.command("sweep"),
    async (args) => finish(await scoped((scope) => sweep(args, scope))),
  );
}

async function sweep(args: SweepArguments, scope: Scope): Promise<number> {
  const stop = scope.use(new StopSignal(STOP_NOTICE));
  const prepared = await prepareSweep(args, scope);
  const { folder } = prepared;
  const ended = await trainAll(prepared, stop);
  // All runs are saved: from here on a signal may end the process, even during the evaluation.
  stop[Symbol.dispose]();
  const finished = await measureAll(ended);
  for (const each of finished) await reportOne(each);
  printSweep(args, finished);
  const interrupted = ended.some(isInterrupted);
  if (interrupted) {
    console.error(`The same command with --resume continues the runs in ${args.out}`);
  } else if (args.report) await writePage(folder);
  printErrors(finished);
  if (finished.some(({ error }) => error !== undefined)) return EXIT.failed;
  if (interrupted) return EXIT.interrupted;
  const warned = finished.some(({ saved }) => saved !== undefined && saved.warnings.length > 0);
  return args.strict && warned ? EXIT.failed : EXIT.done;
}

/** Returns whether a run ended before its last step without an error. */
const isInterrupted = ({ run: { trainer, args }, error }: EndedRun): boolean =>
  error === undefined && trainer.stepCount < args.steps;

/** Writes the page that compares the runs of the sweep, those that have failed earlier included. */
async function writePage(folder: SweepFolder): Promise<void> {
  const path = `${folder.path}/${RUN_FILES.report}`;
  const name = folder.path.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1) || folder.path;
  await orWarn("write the page of the sweep", async () => {
    await writeComparison(path, `Sweep: ${name}`, await writtenRuns(folder));
    console.error(`Wrote ${path}`);
  });
}
