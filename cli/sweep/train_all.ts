/**
 * Trains the runs of a sweep: each takes a batch in turn, and is saved as soon as it has ended.
 *
 * @module
 */
import type { Batch, StepMetrics } from "@matryoshka/sae";
import { putCheckpointsBack } from "../files/replaced_run.ts";
import { Progress } from "../terminal/progress.ts";
import type { StopSignal } from "../terminal/stop_signal.ts";
import { formatNumber } from "../terminal/text.ts";
import { referencePrefixReader } from "../training/reference_prefixes.ts";
import { type SavedRun, saveRun } from "../training/saved_run.ts";
import { type LoopResult, trainingLoop } from "../training/training_loop.ts";
import { isNotFinite } from "../training/verdict.ts";
import type { PreparedSweep, SweepRun } from "./preparation.ts";
import { type Turn, Turns } from "./turns.ts";

/** A run that has ended, by itself, on request or with an error. */
export interface EndedRun {
  readonly run: SweepRun;
  readonly result?: LoopResult;
  /** What was saved, if a step was taken. */
  readonly saved?: SavedRun;
  /** The error that ended the run, or kept it from being saved. */
  readonly error?: unknown;
}

/** Trains all runs on one stream of batches. The error of one run ends that run alone. */
export async function trainAll(
  sweep: PreparedSweep,
  stop: Pick<StopSignal, "requested">,
): Promise<EndedRun[]> {
  const { runs, batches, firstStep, args: { steps, batch: batchRows } } = sweep;
  const latest = new Map<SweepRun, StepMetrics>();
  const progress = new Progress("step", steps, batchRows * runs.length, firstStep);
  const turns = new Turns<Batch>(batches, {
    skips: runs.map(({ trainer }) => trainer.stepCount - firstStep),
    stopRequested: () => stop.requested,
    afterRound: (items) => progress.advance(firstStep + items, fvuText([...latest.values()])),
  });
  const position = () => firstStep + turns.items;
  const train = async (run: SweepRun, index: number): Promise<EndedRun> => {
    const turn = turns.of(index);
    const note = (metrics: StepMetrics) => latest.set(run, metrics);
    try {
      return await trainOne(run, { sweep, turn, position, note });
    } catch (error) {
      return { run, error };
    } finally {
      await run[Symbol.asyncDispose]();
      turn.leave();
    }
  };
  try {
    const ended = await Promise.all(runs.map(train));
    await turns.ended;
    return ended;
  } finally {
    progress[Symbol.dispose]();
  }
}

/** The place of a run among the others. */
interface Place {
  readonly sweep: PreparedSweep;
  readonly turn: Turn<Batch>;
  /** Returns the number of steps that the batches so far are for. */
  readonly position: () => number;
  readonly note: (metrics: StepMetrics) => void;
}

async function trainOne(
  run: SweepRun,
  { sweep, turn, position, note }: Place,
): Promise<EndedRun> {
  const { args, trainer, checkpoints, resumed, name } = run;
  const { seconds, items } = turn;
  const result = await trainingLoop(trainer, items, {
    label: "step",
    steps: args.steps,
    batchRows: args.batch,
    metrics: resumed?.metrics,
    readPrefixes: await referencePrefixReader(run),
    progress: {
      advance: () => {},
      get seconds() {
        return seconds();
      },
      [Symbol.dispose]: () => {},
    },
    afterStep: async (step, metrics) => {
      note(metrics.at(-1)!);
      await checkpoints.afterStep(step, metrics);
    },
  });
  const { error, metrics } = result;
  if (metrics.length === 0) {
    await putCheckpointsBack(args.out);
    return { run, error };
  }
  if (error === undefined && trainer.stepCount < args.steps && trainer.stepCount > position()) {
    // The batches have not come to its checkpoint, which stays the newest.
    console.error(`Run ${name} stays as it is, after step ${trainer.stepCount}`);
    return { run };
  }
  const saved = await saveRun(run, result);
  const folder = saved.folder.path.split("/").at(-1)!;
  const failed = isNotFinite(error) ? true as const : undefined;
  if (failed || folder !== name) await sweep.folder.change(name, { folder, failed });
  return { run, result, saved, error: error ?? saved.checkpointError };
}

/** Says between which values the FVU of the runs lies. */
function fvuText(metrics: readonly StepMetrics[]): string | undefined {
  const values = metrics.map(({ perPrefix }) => perPrefix.at(-1)!.fvu).filter(Number.isFinite);
  if (values.length === 0) return undefined;
  const low = formatNumber(Math.min(...values)), high = formatNumber(Math.max(...values));
  return low === high ? `FVU ${low}` : `FVU ${low} to ${high}`;
}
