import type { Batch, StepMetrics, Trainer } from "../../mod.ts";
import type { Interruption } from "../terminal/interruption.ts";
import { Progress } from "../terminal/progress.ts";
import { figure } from "../terminal/table.ts";

/** Readings of the metrics in a whole run; one takes milliseconds on a GPU. */
const READINGS = 50;
/** How long the loop may keep timers and signals waiting: some backends compute inside `step`. */
const EVENTS_EVERY_MS = 20;

/** What to train with. */
export interface LoopOptions {
  readonly label: string;
  readonly steps: number;
  readonly batchRows: number;
  readonly interruption?: Interruption;
  /** The history of a run that is resumed. */
  readonly history?: readonly StepMetrics[];
  /** Called after each step that is not the last, with the history of the run so far. */
  readonly afterStep?: (step: number, history: readonly StepMetrics[]) => Promise<void>;
}

/** What came of it. */
export interface LoopResult {
  /** Figures of the first step, the last, and some between. */
  readonly history: StepMetrics[];
  /** The same without those of a step that was the last only because it was interrupted. */
  readonly planned: StepMetrics[];
  /** Time and rate of this part of the run. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** What ended it early: an error, which may be one of the data. */
  readonly error?: unknown;
}

/** Trains on `batches` to the last step, an interruption or an error, and reports on the way. */
export async function trainingLoop(
  trainer: Trainer,
  batches: AsyncIterable<Batch>,
  { label, steps, batchRows, interruption, history: before = [], afterStep }: LoopOptions,
): Promise<LoopResult> {
  const history = [...before], begun = trainer.stepCount;
  // By steps and not by time, so that a run repeats itself to the last line of its record.
  const interval = Math.ceil(steps / READINGS);
  const isPlanned = (step: number) => step === 1 || step % interval === 0 || step === steps;
  using progress = new Progress(label, steps, batchRows, begun);
  let error: unknown, breath = performance.now();
  // The figures of the last step, kept once.
  const read = async () => {
    if (history.at(-1)?.step !== trainer.stepCount) history.push(await trainer.metrics());
    return history.at(-1)!;
  };
  const source = batches[Symbol.asyncIterator]();
  try {
    // A batch is drawn only to be trained on: where the data stands is part of a checkpoint.
    while (trainer.stepCount < steps && !interruption?.requested) {
      const { value: batch, done } = await source.next();
      if (done) break;
      await trainer.step(batch);
      const step = trainer.stepCount;
      progress.advance(step, isPlanned(step) ? inWords(await read()) : undefined);
      if (step < steps) await afterStep?.(step, history);
      if (performance.now() - breath < EVENTS_EVERY_MS) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      breath = performance.now();
    }
    if (trainer.stepCount > 0) await read();
  } catch (caught) {
    error = caught;
    // Where the data is at fault, the figures are still to be had.
    if (trainer.stepCount > 0) await read().catch(() => {});
  } finally {
    await source.return?.();
  }
  if (history.some(({ perPrefix }) => perPrefix.some(({ fvu }) => !Number.isFinite(fvu)))) {
    console.error(
      "Note: a batch of one row, or of rows that are all the same, has no FVU. It is null in JSON.",
    );
  }
  const { seconds } = progress, rows = (trainer.stepCount - begun) * batchRows;
  const planned = history.filter(({ step }) => isPlanned(step));
  return { history, planned, seconds, rowsPerSecond: rows / seconds, error };
}

function inWords({ loss, l0, sparsityScale, perPrefix }: StepMetrics): string {
  return `loss ${figure(loss)}  L0 ${figure(l0)}  FVU ${figure(perPrefix.at(-1)!.fvu)}  ` +
    `λ ${figure(sparsityScale)}`;
}
